using System.Diagnostics;
using Lab.Running;
using Lab.Shopping;
using Shop.Testing;
using Shop.Testing.Tracing;
using Xunit;

namespace Chaos.Tests.Customers;

/// <summary>What an operator sees of one order: one trace through every part that had a hand in it.</summary>
[Collection(ShopGroup.Name)]
public sealed class OneTrace(ShopFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan _exportedWithin = TimeSpan.FromSeconds(15); // services export once a second
    private readonly RunningShop _shop = fixture.Shop;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => fixture.UntilAsync(SteadyStates.ConfirmingWithCache, Token);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_order_is_one_trace_through_gateway_orders_inventory_PostgreSQL_and_Redis()
    {
        var traceId = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/orders") { Content = ShopClient.ContentOf([new OrderedLine("SKU-0500", 1)]) };
        request.Headers.Add("Idempotency-Key", $"traced-{traceId}");
        request.Headers.Add("traceparent", $"00-{traceId}-{ActivitySpanId.CreateRandom().ToHexString()}-01");

        using var reply = await _shop.Gateway.SendAsync(request, Token);

        Assert.Equal(201, (int)reply.StatusCode);
        // Each service exports on its own time, so children may come before their parents.
        var spans = await WaitForAsync(traceId, static spans => Parts(spans).Count == 5 && Roots(spans).Count == 1);
        Assert.Equal(["gateway", "inventory", "orders", "postgresql", "redis"], Parts(spans));
        Assert.Equal("gateway", Assert.Single(Roots(spans)).Service);
    }

    private static SortedSet<string> Parts(IReadOnlyList<ReceivedSpan> spans) => new(
        spans.Select(static span => span.Service).Concat(spans.Select(static span => span.Attributes.GetValueOrDefault("db.system.name")).OfType<string>()),
        StringComparer.Ordinal);

    // Whose parent isn't in the trace: the gateway's first span, since its parent is the client's.
    private static List<ReceivedSpan> Roots(IReadOnlyList<ReceivedSpan> spans)
    {
        var known = spans.Select(static span => span.SpanId).ToHashSet(StringComparer.Ordinal);
        return [.. spans.Where(span => !known.Contains(span.ParentId))];
    }

    private async Task<IReadOnlyList<ReceivedSpan>> WaitForAsync(string traceId, Predicate<IReadOnlyList<ReceivedSpan>> complete)
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            var spans = _shop.Spans.Where(span => span.TraceId == traceId).ToList();
            if (complete(spans) || waiting.Elapsed > _exportedWithin)
            {
                return spans;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        }
    }
}
