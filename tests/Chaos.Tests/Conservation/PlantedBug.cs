using System.Reflection;
using Dapper;
using Database;
using Lab.Conservation;
using Lab.Journals;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Conservation;

/// <summary>
/// The check that clears the shop after every fault is shown a shop with a bug: stock is looked at in one statement and taken in another.
/// </summary>
[Collection(ShopGroup.Name)]
public sealed class PlantedBug(ShopFixture fixture)
{
    private const string Sku = "SKU-0001";
    private const int Buyers = 200;

    private readonly RunningShop _shop = fixture.Shop;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stock_that_is_checked_before_it_is_taken_is_oversold_and_the_check_says_so()
    {
        await using var inventory = await CreateScratchDatabaseAsync();

        await Task.WhenAll(Enumerable.Range(0, Buyers).Select(_ => BuyCarelesslyAsync(inventory)));

        var state = await new ShopStateReader(inventory, _shop.OrdersDatabase).ReadAsync(Token);
        var violations = ConservationCheck.Run(state with { Orders = [], Lines = [], OutboxRows = 0 }, new Journal());
        Assert.Contains(violations, static violation => violation is { Invariant: "I1" or "I2" or "I3" } && violation.Detail.StartsWith(Sku, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_tables_constraints_stop_the_same_bug()
    {
        await using var inventory = _shop.InventoryDatabase.CreateConnection();

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => inventory.ExecuteAsync(
            "update stock set available = -1, sold = sold + available + 1 where sku = @Sku", new { Sku }));

        Assert.Equal("available_is_never_negative", refusal.ConstraintName);
    }

    // The bug: between the two statements, others buy too; and what is written is what was read, less one.
    private static async Task BuyCarelesslyAsync(NpgsqlDataSource inventory)
    {
        await using var connection = await inventory.OpenConnectionAsync(Token);
        var available = await connection.ExecuteScalarAsync<long>("select available from stock where sku = @Sku", new { Sku });
        if (available <= 0)
        {
            return;
        }

        await connection.ExecuteAsync(
            """
            update stock set available = @available - 1, sold = sold + 1 where sku = @Sku;
            insert into stock_ledger (ref, sku, reason, available_delta, reserved_delta, sold_delta) values (gen_random_uuid(), @Sku, 'sale', -1, 0, 1);
            """,
            new { Sku, available });
    }

    // Inventory's own tables, less the constraints that would have caught the bug at once; ten left to sell.
    private async Task<NpgsqlDataSource> CreateScratchDatabaseAsync()
    {
        await using (var server = _shop.InventoryDatabase.CreateConnection())
        {
            await server.ExecuteAsync("drop database if exists planted_bug with (force)");
            await server.ExecuteAsync("create database planted_bug");
        }

        var scratch = await _shop.ConnectionStringAsync("inventorydb");
        (scratch.Database, scratch.MaxPoolSize) = ("planted_bug", 40);
        await new DatabaseMigrator(scratch.ConnectionString, new ServiceRole("inventory_service"), Assembly.Load("Inventory"), NullLogger.Instance)
            .MigrateAsync(Token);
        var database = NpgsqlDataSource.Create(scratch);
        await using var connection = await database.OpenConnectionAsync(Token);
        await connection.ExecuteAsync(
            """
            alter table stock drop constraint available_is_never_negative, drop constraint sold_is_never_negative, drop constraint stock_is_conserved;
            update stock set initial = 10, available = 10 where sku = @Sku;
            alter table stock_ledger disable trigger all;
            update stock_ledger set available_delta = 10 where sku = @Sku;
            """,
            new { Sku });
        return database;
    }
}
