using Npgsql;
using Resilience.ConnectionPools;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>What a start leaves in the database.</summary>
public sealed class WarmUpTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    [Fact]
    public async Task The_warm_up_reserves_nothing_and_moves_no_stock()
    {
        await using var host = InventoryHost.Start(inventory.OwnerConnectionString, inventory.Redis, ("ServiceDefaults:WarmUp", "true"));
        await host.StartAsync();
        await using var owner = NpgsqlDataSource.Create(inventory.OwnerConnectionString);
        await using var count = owner.CreateCommand(
            """
            select (select count(*) from reservations) + (select count(*) from reservation_lines)
                 + (select count(*) from stock_ledger where reason <> 'initial') + (select count(*) from stock where reserved <> 0 or sold <> 0)
            """);

        Assert.InRange(host.Service<PooledDataSource>().Pool.Snapshot().Lent, 1, long.MaxValue); // it did run
        Assert.Equal(0L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
