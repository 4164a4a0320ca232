using System.Net;
using Xunit;

namespace Services.Tests.Orders;

public sealed class CancelOrderTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    [Fact]
    public async Task A_confirmed_order_is_cancelled_and_its_stock_goes_back_once()
    {
        var order = await orders.PlacedAsync();

        using var first = await orders.CancelAsync(order);
        using var second = await orders.CancelAsync(order);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal("Cancelled", (await first.JsonAsync()).Text("status"));
        Assert.Equal(await first.JsonTextAsync(), await second.JsonTextAsync());
        Assert.Single(orders.Inventory.Calls, call => call == ("release", order));
        Assert.Equal(0, await orders.CountAsync("select count(*) from outbox where order_id = @order", new { order }));
    }

    [Fact]
    public async Task A_pending_order_is_cancelled()
    {
        var order = await PendingAsync("reserve");

        using var reply = await orders.CancelAsync(order);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal("Cancelled", await orders.StatusAsync(order));
    }

    [Fact]
    public async Task A_reserved_order_is_cancelled()
    {
        var order = await PendingAsync("confirm");
        Assert.Equal("Reserved", await orders.StatusAsync(order));

        using var reply = await orders.CancelAsync(order);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal("Cancelled", await orders.StatusAsync(order));
    }

    [Fact]
    public async Task A_rejected_order_has_nothing_to_cancel()
    {
        orders.Inventory.Left["SHORT-2"] = 0;
        using var refused = await orders.PlaceAsync(OrdersHost.NewKey, ("SHORT-2", 1));
        using var list = await orders.GetAsync("/orders");
        var order = (await list.JsonAsync()).GetProperty("items").EnumerateArray().First(static item => item.Text("status") == "Rejected").GetProperty("id").GetGuid();

        using var reply = await orders.CancelAsync(order);

        Assert.Equal(HttpStatusCode.Conflict, reply.StatusCode);
        Assert.Equal("order_rejected", await reply.CodeAsync());
    }

    [Fact]
    public async Task While_inventory_is_away_cancelling_is_accepted_and_done_later()
    {
        var order = await orders.PlacedAsync();
        orders.Inventory.Script = static (_, _) => Task.FromResult<HttpResponseMessage?>(new(HttpStatusCode.InternalServerError));

        using var accepted = await orders.CancelAsync(order);
        orders.Inventory.Script = null;
        var between = await orders.StatusAsync(order);
        await orders.RelayAsync();

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal($"/orders/{order}", accepted.Headers.Location?.OriginalString);
        Assert.Equal(("Cancelling", "Cancelled"), (between, await orders.StatusAsync(order)));
    }

    [Fact]
    public async Task What_is_not_there_or_is_somebody_elses_cannot_be_cancelled()
    {
        var order = await orders.PlacedAsync();

        using var missing = await orders.CancelAsync(Guid.NewGuid());
        using var others = await orders.CancelAsync(order, client: "somebody-else");
        using var read = await orders.GetAsync($"/orders/{order}", "somebody-else");

        Assert.Equal(["not_found", "not_found", "not_found"], [await missing.CodeAsync(), await others.CodeAsync(), await read.CodeAsync()]);
        Assert.Equal("Confirmed", await orders.StatusAsync(order));
    }

    [Fact]
    public async Task A_cancelled_orders_placement_is_replayed_as_it_was()
    {
        var key = OrdersHost.NewKey;
        using var placed = await orders.PlaceAsync(key, ("SKU-0001", 1));
        using var cancelled = await orders.CancelAsync((await placed.JsonAsync()).GetProperty("id").GetGuid());
        using var replayed = await orders.PlaceAsync(key, ("SKU-0001", 1));

        Assert.Equal(HttpStatusCode.Created, replayed.StatusCode);
        Assert.Equal(await placed.JsonTextAsync(), await replayed.JsonTextAsync());
    }

    [Fact]
    public async Task A_list_holds_a_clients_own_orders_the_newest_first()
    {
        using var first = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), client: "lister");
        using var second = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 2)), client: "lister");

        using var all = await orders.GetAsync("/orders", "lister");
        using var page = await orders.GetAsync("/orders?page=2&size=1", "lister");
        using var wrong = await orders.GetAsync("/orders?size=101", "lister");

        string?[] expected = [(await second.JsonAsync()).Text("id"), (await first.JsonAsync()).Text("id")];
        Assert.Equal(expected, (await all.JsonAsync()).GetProperty("items").EnumerateArray().Select(static item => item.Text("id")));
        Assert.Equal(expected[1..], (await page.JsonAsync()).GetProperty("items").EnumerateArray().Select(static item => item.Text("id")));
        Assert.Equal("validation", await wrong.CodeAsync());
    }

    private async Task<Guid> PendingAsync(string stuckAt)
    {
        orders.Inventory.Script = (verb, _) => Task.FromResult(verb == stuckAt ? new HttpResponseMessage(HttpStatusCode.InternalServerError) : null);
        var order = await orders.PlacedAsync(HttpStatusCode.Accepted);
        orders.Inventory.Script = null;
        return order;
    }
}
