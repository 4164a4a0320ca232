using System.Diagnostics;
using System.Net;
using Inventory.Reservations;
using Npgsql;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>Many at once, and the sums must add up.</summary>
public sealed class ReservationRaceTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_buyers_of_the_last_ten_get_exactly_ten()
    {
        await inventory.StockAsync("SKU-0001", 10);

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            var order = Guid.NewGuid();
            using var reserved = await UntilServedAsync(() => inventory.ReserveAsync(order, ("SKU-0001", 1)));
            if (reserved.StatusCode is HttpStatusCode.OK)
            {
                using var confirmed = await UntilServedAsync(() => inventory.ConfirmAsync(order));
                return confirmed.StatusCode;
            }

            return reserved.StatusCode;
        }));

        Assert.Equal((10, 190), (replies.Count(static status => status is HttpStatusCode.OK), replies.Count(static status => status is HttpStatusCode.Conflict)));
        Assert.Equal(new(0, 0, 10), await inventory.StockOfAsync("SKU-0001"));
        await inventory.AssertConservedAsync();
    }

    [Fact]
    public async Task Orders_for_the_same_products_in_any_order_do_not_block_each_other()
    {
        string[] skus = ["SKU-0002", "SKU-0003", "SKU-0004", "SKU-0005"];

        var replies = await Task.WhenAll(Enumerable.Range(0, 60).Select(async number =>
        {
            var order = Guid.NewGuid();
            var lines = Enumerable.Range(0, 4).Select(index => (skus[(index + number) % 4], 1L));
            using var reserved = await UntilServedAsync(() => inventory.ReserveAsync(order, number % 2 == 0 ? [.. lines] : [.. lines.Reverse()]));
            using var settled = await UntilServedAsync(() => number % 3 == 0 ? inventory.ReleaseAsync(order) : inventory.ConfirmAsync(order));
            return (reserved.StatusCode, settled.StatusCode);
        }));

        Assert.All(replies, static reply => Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), reply));
        Assert.All(await Task.WhenAll(skus.Select(inventory.StockOfAsync)), static stock => Assert.Equal(new(960, 0, 40), stock));
        await inventory.AssertConservedAsync();
    }

    [Fact]
    public async Task One_order_reserved_many_times_at_once_is_reserved_once()
    {
        var order = Guid.NewGuid();

        var bodies = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            using var reply = await UntilServedAsync(() => inventory.ReserveAsync(order, ("SKU-0006", 2)));
            return await reply.JsonTextAsync();
        }));

        Assert.Single(bodies.Distinct(StringComparer.Ordinal));
        Assert.Equal(new(998, 2, 0), await inventory.StockOfAsync("SKU-0006"));
    }

    [Fact]
    public async Task Confirm_release_and_expiry_at_once_leave_the_stock_in_one_place()
    {
        var orders = Enumerable.Range(0, 40).Select(static _ => Guid.NewGuid()).ToList();
        foreach (var order in orders)
        {
            using var held = await inventory.ReserveAsync(order, ("SKU-0007", 1));
        }

        foreach (var order in orders.Where(static (_, index) => index % 2 == 0))
        {
            await inventory.OverdueAsync(order);
        }

        var work = orders.SelectMany(order => new Func<Task<HttpResponseMessage>>[] { () => inventory.ConfirmAsync(order), () => inventory.ReleaseAsync(order) })
            .Select(static async act => (await act()).Dispose())
            .Concat([inventory.Host.RunAsync<ReservationSweeper>(), inventory.Host.RunAsync<ReservationSweeper>()]);
        await Task.WhenAll(work);

        Assert.Equal(new(1000, 0, 0), await inventory.StockOfAsync("SKU-0007")); // each one was released in the end, sold or not
        await inventory.AssertConservedAsync();
    }

    [Theory]
    [InlineData("update stock set available = -1, sold = sold + available + 1 where sku = 'SKU-0010'", "available_is_never_negative")]
    [InlineData("update stock set reserved = -1, available = available + 1 where sku = 'SKU-0010'", "reserved_is_never_negative")]
    [InlineData("update stock set sold = sold + 1 where sku = 'SKU-0010'", "stock_is_conserved")]
    public async Task The_database_itself_refuses_to_oversell(string sql, string constraint)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => inventory.ExecuteAsync(sql));

        Assert.Equal(constraint, refusal.ConstraintName);
    }

    [Fact]
    public async Task The_database_itself_refuses_a_movement_twice()
    {
        var order = Guid.NewGuid();
        using var held = await inventory.ReserveAsync(order, ("SKU-0011", 1));

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => inventory.ExecuteAsync(
            "insert into stock_ledger (ref, sku, reason, available_delta, reserved_delta, sold_delta) values (@order, 'SKU-0011', 'reserve', -1, 1, 0)", new { order }));

        Assert.Equal("a_movement_happens_once", refusal.ConstraintName);
    }

    // A slow machine sheds some of so many at once, and a customer comes again when told to.
    private static async Task<HttpResponseMessage> UntilServedAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var reply = await ask();
            if (reply.StatusCode is not HttpStatusCode.ServiceUnavailable || Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
            {
                return reply;
            }

            await Task.Delay(reply.Headers.RetryAfter!.Delta!.Value, Token);
            reply.Dispose();
        }
    }
}
