using System.Diagnostics;
using System.Net;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>Inventory says when to come back: in an hour, in the past, or in no words that mean anything. Orders answers in its own time, and the order isn't held up.</summary>
public sealed class RetryAfterTests(OrdersHost orders, ITestOutputHelper output) : IClassFixture<OrdersHost>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2.5); // Resilience:Clients:inventory:TotalTimeout: as long as a wait could last that was begun

    /// <summary>Gets what inventory says, and how often it is asked then: a wait that is too long isn't waited for, nonsense is as good as nothing.</summary>
    public static TheoryData<string, int> Sayings => new()
    {
        { "3600", 1 },
        { "2147483647", 1 },
        { "Fri, 31 Dec 9999 23:59:59 GMT", 1 },
        { "99999999999999999999", 2 },
        { "Wed, 21 Oct 2015 07:28:00 GMT", 2 },
        { "0", 2 },
        { "-5", 2 },
        { "1.5", 2 },
        { "soon", 2 },
        { "", 2 },
    };

    [Theory]
    [MemberData(nameof(Sayings))]
    public async Task Whatever_inventory_says_the_order_is_accepted_in_time_and_settles_when_inventory_is_well(string retryAfter, int calls)
    {
        var before = orders.Inventory.Calls.Count;
        orders.Inventory.Script = (_, _) =>
        {
            var refusal = FakeInventory.Problem(HttpStatusCode.ServiceUnavailable, "dependency_unavailable");
            Assert.True(refusal.Headers.TryAddWithoutValidation("Retry-After", retryAfter));
            return Task.FromResult<HttpResponseMessage?>(refusal);
        };
        var began = Stopwatch.GetTimestamp();
        var order = await orders.PlacedAsync(HttpStatusCode.Accepted);
        var took = Stopwatch.GetElapsedTime(began);
        var asked = orders.Inventory.Calls.Count - before;
        orders.Inventory.Script = null;

        await orders.RelayAsync();

        output.WriteLine($"Retry-After: {retryAfter}: 202 after {took.TotalMilliseconds:F0} ms and {asked} calls.");
        Assert.Equal(calls, asked);
        Assert.True(took < _limit, $"{took}");
        Assert.Equal("Confirmed", await orders.StatusAsync(order)); // and not in an hour
    }

    [Fact]
    public async Task A_wait_that_does_not_fit_the_callers_deadline_is_not_begun()
    {
        orders.Inventory.Script = static (_, _) =>
        {
            var refusal = FakeInventory.Problem(HttpStatusCode.TooManyRequests, "quota_exceeded");
            refusal.Headers.RetryAfter = new(TimeSpan.FromSeconds(2)); // as long as orders would wait
            return Task.FromResult<HttpResponseMessage?>(refusal);
        };
        var before = orders.Inventory.Calls.Count;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = new StringContent(OrdersHost.Body(("SKU-0001", 1)), mediaType: new("application/json")) };
        request.Headers.Add("Idempotency-Key", OrdersHost.NewKey);
        request.Headers.Add("x-envoy-expected-rq-timeout-ms", "1500");

        using var reply = await orders.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var asked = orders.Inventory.Calls.Count - before;
        orders.Inventory.Script = null;
        await orders.RelayAsync();

        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        Assert.Equal(1, asked);
    }
}
