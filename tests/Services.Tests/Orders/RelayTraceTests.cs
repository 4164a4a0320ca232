using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Orders;
using Orders.Placing;
using Orders.Settling;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>Tests that listen to every span of this process: no other test may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TraceGroup
{
    public const string Name = "Traces";
}

/// <summary>What an operator sees of the relay: nothing while it has nothing to do, and a trace with a link to the order's otherwise.</summary>
[Collection(TraceGroup.Name)]
public sealed class RelayTraceTests(OrdersHost orders, ITestOutputHelper output) : IClassFixture<OrdersHost>
{
    [Fact]
    public async Task Polls_of_an_idle_service_make_no_trace_and_a_settled_order_makes_one_that_links_to_its_own()
    {
        var spans = new List<Activity>();
        await using var replica = StartTraced(spans);
        await replica.StartAsync();
        Drain(spans);

        for (var poll = 0; poll < 3; poll++)
        {
            await replica.RunAsync<OutboxRelay>();
            await replica.RunAsync<KeySweeper>();
        }

        Assert.Empty(Drain(spans));

        orders.Inventory.Script = static (_, _) => Task.FromResult<HttpResponseMessage?>(new(HttpStatusCode.NotImplemented));
        using var client = replica.CreateClient();
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), client);
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        var request = Assert.Single(Drain(spans), static span => span.Kind == ActivityKind.Server);
        orders.Inventory.Script = null;
        await orders.RelayAsync(replica);

        var relayed = Drain(spans);
        var root = Assert.Single(relayed, static span => span.ParentSpanId == default);
        Assert.Equal(("relay order", ActivityKind.Consumer), (root.DisplayName, root.Kind));
        Assert.Equal(request.TraceId, Assert.Single(root.Links).Context.TraceId);
        Assert.All(relayed, span => Assert.Equal(root.TraceId, span.TraceId));
        Assert.Equal(
            ["SELECT orders", "UPDATE orders"],
            relayed.Where(static span => Equals(span.GetTagItem("db.system.name"), "postgresql")).Select(static span => span.DisplayName).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_order_is_made_of_spans_that_say_what_is_done()
    {
        var spans = new List<Activity>();
        await using var replica = StartTraced(spans);
        await replica.StartAsync();
        Drain(spans);

        using var client = replica.CreateClient();
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), client);

        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        Assert.Equal(
            ["INSERT orders", "SELECT orders", "UPDATE idempotency_keys", "UPDATE orders"],
            Drain(spans)
                .Where(static span => Equals(span.GetTagItem("db.system.name"), "postgresql"))
                .Select(static span => span.DisplayName)
                .Where(static name => name is not ("BEGIN" or "COMMIT"))
                .Distinct()
                .Order(StringComparer.Ordinal));
    }

    private ServiceHost<OrderStore> StartTraced(List<Activity> spans) => OrdersHost.Start(
        orders.OwnerConnectionString,
        orders.Inventory,
        services => services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddInMemoryExporter(spans)));

    private List<Activity> Drain(List<Activity> spans)
    {
        List<Activity> drained = [.. spans];
        spans.Clear();
        output.WriteLine(string.Join('\n', drained.Select(static span => $"{span.TraceId} {span.ParentSpanId} {span.Kind} {span.DisplayName} {span.GetTagItem("db.system.name")}")));
        return drained;
    }
}
