using System.Net;
using Orders.Settling;
using Resilience.CircuitBreakers;
using Xunit;

namespace Services.Tests.Orders;

public sealed class OutboxRelayTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    [Fact]
    public async Task Two_replicas_share_the_work_and_do_none_of_it_twice()
    {
        var pending = await PendingAsync(40);
        await using var replica = OrdersHost.Start(orders.OwnerConnectionString, orders.Inventory);
        await replica.StartAsync();
        orders.Inventory.Calls.Clear();
        await orders.AgeAsync();

        await Task.WhenAll(orders.Host.RunAsync<OutboxRelay>(), replica.RunAsync<OutboxRelay>());

        Assert.Equal(
            pending.SelectMany(static order => new[] { ("confirm", order), ("reserve", order) }).Order(),
            orders.Inventory.Calls.Order());
        Assert.Equal(0, await orders.CountAsync("select count(*) from outbox"));
    }

    [Fact]
    public async Task What_a_request_works_on_is_left_alone()
    {
        await PendingAsync(1);
        orders.Inventory.Calls.Clear();

        await orders.Host.RunAsync<OutboxRelay>(); // nobody has waited

        Assert.Empty(orders.Inventory.Calls);
        await orders.RelayAsync();
    }

    [Fact]
    public async Task One_orders_trouble_does_not_stop_the_others()
    {
        var pending = await PendingAsync(3);
        await orders.ExecuteAsync("update orders set expires_at = 'infinity' where id = @id", new { id = pending[0] });
        orders.Inventory.Bug = ("reserve", pending[0]);

        await orders.RelayAsync();
        orders.Inventory.Bug = null;
        var between = await Task.WhenAll(pending.Select(orders.StatusAsync));
        await orders.RelayAsync();

        Assert.Equal(2, between.Count(static status => status == "Confirmed"));
        Assert.All(await Task.WhenAll(pending.Select(orders.StatusAsync)), static status => Assert.Equal("Confirmed", status));
    }

    [Fact]
    public async Task An_order_that_cannot_settle_yet_is_tried_again_only_later()
    {
        await PendingAsync(1);
        orders.Inventory.Script = static (_, _) => throw new HttpRequestException("away");
        await orders.RelayAsync();
        orders.Inventory.Calls.Clear();

        await orders.Host.RunAsync<OutboxRelay>();

        Assert.Empty(orders.Inventory.Calls);
        Assert.Equal(1, await orders.CountAsync("select count(*) from outbox where attempts >= 1 and next_attempt_at between now() + interval '3 s' and now() + interval '6 s'"));
        orders.Inventory.Script = null;
        await orders.RelayAsync();
    }

    [Fact]
    public async Task While_the_breaker_lets_nothing_through_a_run_takes_one_batch_and_gives_it_back()
    {
        await PendingAsync(20);
        orders.Inventory.Calls.Clear();
        orders.Inventory.Script = static (_, _) => throw new CircuitBreakerRejectedException("inventory", BreakerState.Open, TimeSpan.FromSeconds(1));

        await orders.RelayAsync();

        Assert.Equal(8, orders.Inventory.Calls.Count);
        Assert.Equal(20, await orders.CountAsync("select count(*) from outbox where next_attempt_at <= now()"));
        orders.Inventory.Script = null;
        await orders.Host.RunAsync<OutboxRelay>();
        Assert.Equal(0, await orders.CountAsync("select count(*) from outbox"));
    }

    private async Task<List<Guid>> PendingAsync(int count)
    {
        orders.Inventory.Script = static (_, _) => Task.FromResult<HttpResponseMessage?>(new(HttpStatusCode.NotImplemented));
        var pending = new List<Guid>();
        for (var number = 0; number < count; number++)
        {
            pending.Add(await orders.PlacedAsync(HttpStatusCode.Accepted));
        }

        orders.Inventory.Script = null;
        return pending;
    }
}
