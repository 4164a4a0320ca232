using System.Net;
using Inventory.Reservations;
using Xunit;

namespace Services.Tests.Inventory;

public sealed class ReservationTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private readonly Guid _order = Guid.NewGuid();

    [Fact]
    public async Task Reserved_stock_is_no_longer_available_and_not_yet_sold()
    {
        using var reply = await inventory.ReserveAsync(_order, ("SKU-0001", 3));

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        var reservation = await reply.JsonAsync();
        var unitPrice = reservation.GetProperty("lines")[0].Number("unitPrice");
        Assert.Equal(("Held", 3 * unitPrice, "EUR"), (reservation.Text("status"), reservation.Number("total"), reservation.Text("currency")));
        Assert.Equal(new(997, 3, 0), await inventory.StockOfAsync("SKU-0001"));
    }

    [Fact]
    public async Task Reserving_again_answers_the_same_and_takes_nothing_more()
    {
        using var first = await inventory.ReserveAsync(_order, ("SKU-0002", 3));
        using var second = await inventory.ReserveAsync(_order, ("SKU-0002", 3));

        Assert.Equal(await first.JsonTextAsync(), await second.JsonTextAsync());
        Assert.Equal(new(997, 3, 0), await inventory.StockOfAsync("SKU-0002"));
    }

    [Fact]
    public async Task A_price_that_changes_does_not_change_what_was_reserved()
    {
        using var first = await inventory.ReserveAsync(_order, ("SKU-0003", 1));
        await inventory.ExecuteAsync("update products set price_minor = price_minor + 100 where sku = 'SKU-0003'");
        using var again = await inventory.ReserveAsync(_order, ("SKU-0003", 1));
        using var confirmed = await inventory.ConfirmAsync(_order);
        using var next = await inventory.ReserveAsync(Guid.NewGuid(), ("SKU-0003", 1));

        var price = (await first.JsonAsync()).Number("total");
        Assert.Equal(price, (await again.JsonAsync()).Number("total"));
        Assert.Equal(price, (await confirmed.JsonAsync()).Number("total"));
        Assert.Equal(price + 100, (await next.JsonAsync()).Number("total"));
    }

    [Fact]
    public async Task Lines_of_one_product_are_added_up()
    {
        using var reply = await inventory.ReserveAsync(_order, ("SKU-0004", 3), ("SKU-0005", 1), ("SKU-0004", 4));

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(2, (await reply.JsonAsync()).GetProperty("lines").GetArrayLength());
        Assert.Equal(new(993, 7, 0), await inventory.StockOfAsync("SKU-0004"));
    }

    [Fact]
    public async Task Other_lines_under_one_order_are_refused()
    {
        using var first = await inventory.ReserveAsync(_order, ("SKU-0006", 1));
        using var second = await inventory.ReserveAsync(_order, ("SKU-0006", 2));

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal("reservation_differs", await second.CodeAsync());
        Assert.Equal(new(999, 1, 0), await inventory.StockOfAsync("SKU-0006"));
    }

    [Fact]
    public async Task A_line_that_cannot_be_had_takes_the_others_with_it()
    {
        await inventory.StockAsync("SKU-0008", 2);
        using var reply = await inventory.ReserveAsync(_order, ("SKU-0007", 1), ("SKU-0008", 3), ("SKU-0009", 1));

        Assert.Equal(HttpStatusCode.Conflict, reply.StatusCode);
        Assert.Equal("insufficient_stock", await reply.CodeAsync());
        var problem = await reply.JsonAsync();
        Assert.Equal(("SKU-0008", 2), (problem.Text("sku"), problem.Number("available")));
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0007"));
        Assert.Equal(new(2, 0, 0), await inventory.StockOfAsync("SKU-0008"));
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0009"));
    }

    [Fact]
    public async Task A_refused_order_may_try_again_once_there_is_stock()
    {
        await inventory.StockAsync("SKU-0010", 0);
        using var refused = await inventory.ReserveAsync(_order, ("SKU-0010", 1));
        await inventory.StockAsync("SKU-0010", 5);
        using var held = await inventory.ReserveAsync(_order, ("SKU-0010", 1));

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.OK), (refused.StatusCode, held.StatusCode));
    }

    [Fact]
    public async Task Products_that_do_not_exist_are_named()
    {
        using var reply = await inventory.ReserveAsync(_order, ("SKU-0011", 1), ("NO-SUCH-1", 1), ("NO-SUCH-2", 1));

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("validation", await reply.CodeAsync());
        Assert.Equal(["NO-SUCH-1", "NO-SUCH-2"], (await reply.JsonAsync()).GetProperty("unknownSkus").EnumerateArray().Select(static sku => sku.GetString()));
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0011"));
    }

    [Fact]
    public async Task Confirmed_stock_is_sold_once()
    {
        using var held = await inventory.ReserveAsync(_order, ("SKU-0012", 2));
        using var first = await inventory.ConfirmAsync(_order);
        using var second = await inventory.ConfirmAsync(_order);
        using var reserved = await inventory.ReserveAsync(_order, ("SKU-0012", 2));

        Assert.Equal("Confirmed", (await first.JsonAsync()).Text("status"));
        Assert.Equal(await first.JsonTextAsync(), await second.JsonTextAsync());
        Assert.Equal(await first.JsonTextAsync(), await reserved.JsonTextAsync());
        Assert.Equal(new(998, 0, 2), await inventory.StockOfAsync("SKU-0012"));
    }

    [Fact]
    public async Task Confirming_what_was_never_reserved_is_not_found()
    {
        using var reply = await inventory.ConfirmAsync(_order);

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("not_found", await reply.CodeAsync());
    }

    [Fact]
    public async Task Released_stock_is_available_again_once()
    {
        using var held = await inventory.ReserveAsync(_order, ("SKU-0013", 2));
        using var first = await inventory.ReleaseAsync(_order);
        using var second = await inventory.ReleaseAsync(_order);

        Assert.Equal("Released", (await first.JsonAsync()).Text("status"));
        Assert.Equal(await first.JsonTextAsync(), await second.JsonTextAsync());
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0013"));
    }

    [Fact]
    public async Task What_was_sold_comes_back_when_it_is_released()
    {
        using var held = await inventory.ReserveAsync(_order, ("SKU-0014", 2));
        using var sold = await inventory.ConfirmAsync(_order);
        using var returned = await inventory.ReleaseAsync(_order);
        using var confirmed = await inventory.ConfirmAsync(_order);

        Assert.Equal("Returned", (await returned.JsonAsync()).Text("status"));
        Assert.Equal("reservation_closed", await confirmed.CodeAsync());
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0014"));
    }

    [Fact]
    public async Task A_reserve_that_arrives_after_its_release_takes_nothing()
    {
        using var released = await inventory.ReleaseAsync(_order);
        using var late = await inventory.ReserveAsync(_order, ("SKU-0015", 2));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Conflict), (released.StatusCode, late.StatusCode));
        Assert.Equal("reservation_closed", await late.CodeAsync());
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0015"));
    }

    [Fact]
    public async Task What_nobody_confirms_in_time_is_given_back_and_stays_so()
    {
        using var held = await inventory.ReserveAsync(_order, ("SKU-0016", 2));
        await inventory.OverdueAsync(_order);
        using var tooLate = await inventory.ConfirmAsync(_order);
        Assert.Equal(new(998, 2, 0), await inventory.StockOfAsync("SKU-0016"));

        await inventory.Host.RunAsync<ReservationSweeper>();
        await inventory.Host.RunAsync<ReservationSweeper>();

        using var still = await inventory.ConfirmAsync(_order);
        Assert.Equal("reservation_closed", await tooLate.CodeAsync());
        Assert.Equal("reservation_closed", await still.CodeAsync());
        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0016"));
    }

    [Fact]
    public async Task What_is_confirmed_does_not_expire()
    {
        using var held = await inventory.ReserveAsync(_order, ("SKU-0017", 2));
        using var sold = await inventory.ConfirmAsync(_order);
        await inventory.OverdueAsync(_order);

        await inventory.Host.RunAsync<ReservationSweeper>();

        Assert.Equal(new(998, 0, 2), await inventory.StockOfAsync("SKU-0017"));
    }
}
