using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orders;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>PostgreSQL ends orders' transactions for somebody else's sake: of two that wait for each other, and of two that changed the same order.</summary>
public sealed class ConflictTests(OrdersHost orders, ITestOutputHelper output) : IClassFixture<OrdersHost>
{
    private const string Role = "orders_service";

    [Fact]
    public async Task A_step_that_a_deadlock_ends_is_taken_again_and_once()
    {
        await SetAsync("deadlock_timeout", "2 s"); // longer than a slow machine takes for what the test does while the service waits
        await SetAsync("default_transaction_isolation", "read committed");
        await using var host = OrdersHost.Start(orders.OwnerConnectionString, orders.Inventory, Patiently);
        await host.StartAsync();
        using var http = host.CreateClient();
        await using var other = await RowLocks.BeginAsync(orders.OwnerConnectionString);

        // The step takes the order first, and then its row in the outbox. The other has that one.
        var key = OrdersHost.NewKey;
        var placing = AtAsync("confirm", key, http, order => other.TakeAsync("select 1 from outbox where order_id = @order for update", new { order }));
        await other.UntilWaitingAsync(Role);
        await other.TakeAsync("select 1 from orders where id in (select order_id from idempotency_keys where key = @key) for update", new { key });
        await other.CommitAsync();
        using var placed = await placing;

        await AssertPlacedOnceAsync(placed, key, await http.StateAsync("orders-database", "retry", "retries"), "a deadlock");
    }

    [Fact]
    public async Task A_step_that_cannot_be_serialized_is_taken_again_and_once()
    {
        await SetAsync("default_transaction_isolation", "serializable");
        await using var host = OrdersHost.Start(orders.OwnerConnectionString, orders.Inventory, Patiently);
        await host.StartAsync();
        using var http = host.CreateClient();
        await using var other = await RowLocks.BeginAsync(orders.OwnerConnectionString);

        var key = OrdersHost.NewKey;
        var placing = AtAsync("reserve", key, http, order => other.TakeAsync("update orders set updated_at = now() where id = @order", new { order }));
        await other.UntilWaitingAsync(Role);
        await other.CommitAsync(); // "could not serialize access due to concurrent update"
        using var placed = await placing;

        await AssertPlacedOnceAsync(placed, key, await http.StateAsync("orders-database", "retry", "retries"), "a serialization failure");
    }

    // A request waits for its order for as long as a step may be tried, rather than answering 202.
    private static void Patiently(IServiceCollection services) => services.PostConfigure<OrderOptions>(
        static order => (order.SettleWithin, order.RelayAfter, order.AnswerLease) = (TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20)));

    // Places an order, and has something happen while inventory works on it.
    private async Task<HttpResponseMessage> AtAsync(string verb, string key, HttpClient http, Func<Guid, Task> act)
    {
        orders.Inventory.Script = async (asked, _) =>
        {
            if (asked == verb)
            {
                orders.Inventory.Script = null;
                await act(orders.Inventory.Calls.Last().Order);
            }

            return null;
        };
        return await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 2)), http);
    }

    private async Task AssertPlacedOnceAsync(HttpResponseMessage placed, string key, double retries, string why)
    {
        output.WriteLine($"A step that {why} ended: {placed.StatusCode} after {retries} more tries.");
        Assert.Equal(HttpStatusCode.Created, placed.StatusCode);
        Assert.Equal(("Confirmed", 2 * FakeInventory.Price), ((await placed.JsonAsync()).Text("status"), (await placed.JsonAsync()).Number("total")));
        Assert.True(retries >= 1, "Nothing was tried again: there was no conflict.");
        Assert.Equal(1, await orders.CountAsync("select count(*) from orders o join idempotency_keys k on k.order_id = o.id where k.key = @key and o.status = 'Confirmed'", new { key }));
        Assert.Equal(0, await orders.CountAsync("select count(*) from outbox x join idempotency_keys k using (order_id) where k.key = @key", new { key }));
    }

    // For sessions that begin after it: a test's own replica.
    private Task SetAsync(string setting, string value) =>
        orders.ExecuteAsync($"do $do$ begin execute format('alter database %I set {setting} = %L', current_database(), '{value}'); end $do$");
}
