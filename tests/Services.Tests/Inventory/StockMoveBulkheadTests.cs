using System.Net;
using System.Net.Http.Json;
using Npgsql;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>Stock moves have places of their own, so that those that got slow leave the pool's other connections to the others.</summary>
public sealed class StockMoveBulkheadTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_and_moves_together_leave_a_connection_to_the_upkeep()
    {
        using var read = await inventory.Http.GetAsync("/products/SKU-0001", Token);
        using var move = await inventory.ReserveAsync(Guid.NewGuid(), ("SKU-0001", 1));
        using var restock = await inventory.Http.PutAsJsonAsync($"/restocks/{Guid.NewGuid()}", new { sku = "SKU-0001", quantity = 1 }, Token);

        var (reads, moves) = (await inventory.Http.OptionAsync("inventory-catalogue-reads", "bulkhead", "maxConcurrency"), await inventory.Http.OptionAsync("inventory-stock-moves", "bulkhead", "maxConcurrency"));

        Assert.InRange(reads + moves, 2, await inventory.Http.OptionAsync("inventorydb", "connection-pool", "maxSize") - 1);
        Assert.Equal((3, 5), (await inventory.Http.OptionAsync("inventory-catalogue-reads", "timeout", "timeoutSeconds"), await inventory.Http.OptionAsync("inventory-stock-moves", "timeout", "timeoutSeconds")));
    }

    [Fact]
    public async Task A_move_without_a_place_is_refused_at_once_and_reads_go_on()
    {
        await using var host = InventoryHost.Start(
            inventory.OwnerConnectionString, inventory.Redis, ("Resilience:Database:StockMoves:MaxConcurrency", "1"), ("Resilience:Database:StockMoves:MaxQueue", "0"));
        await host.StartAsync();
        using var http = host.CreateClient();
        await using var connection = await inventory.Owner.OpenConnectionAsync(Token);
        await using var holding = await connection.BeginTransactionAsync(Token);
        await using var holdRow = new NpgsqlCommand("select 1 from stock where sku = 'SKU-0200' for update", connection, holding);
        await holdRow.ExecuteScalarAsync(Token);

        var slow = ReserveAsync(http, "SKU-0200");
        while (await http.StateAsync("inventory-stock-moves", "bulkhead", "inUse") == 0)
        {
            await Task.Delay(10, Token);
        }

        using var refused = await ReserveAsync(http, "SKU-0201");
        using var read = await http.GetAsync("/products/SKU-0200", Token);
        await holding.RollbackAsync(Token);
        using var moved = await slow;
        using var next = await ReserveAsync(http, "SKU-0201");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "temporary_reduced_capacity"), (refused.StatusCode, await refused.CodeAsync()));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, moved.StatusCode, next.StatusCode));
    }

    private static Task<HttpResponseMessage> ReserveAsync(HttpClient http, string sku) =>
        http.PutAsJsonAsync($"/reservations/{Guid.NewGuid()}", new { lines = new[] { new { sku, quantity = 1 } } }, Token);
}
