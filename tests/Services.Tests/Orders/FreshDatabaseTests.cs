using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Resilience.ConnectionPools;
using ServiceDefaults.Startup;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>A service on a database whose migrations haven't run.</summary>
public sealed class FreshDatabaseTests(Stores stores)
{
    private const long TurnTakingLock = 0x7265_7369_6C69; // the migrator's

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_connects_under_the_services_role_before_the_migrations_have_made_it()
    {
        var database = (await stores.CreateAsync()).Postgres;
        await using var owner = NpgsqlDataSource.Create(database);
        await using var otherReplica = await owner.OpenConnectionAsync(Token);
        await ExecuteAsync(otherReplica, $"select pg_advisory_lock({TurnTakingLock})");
        using var inventory = new FakeInventory();

        await using var host = OrdersHost.Start(database, inventory, isWarm: true);
        var pool = host.Services.GetRequiredService<PooledDataSource>().Pool;
        await Task.Delay(TimeSpan.FromSeconds(1), Token); // in which pool and checks would have connected several times

        var before = pool.Snapshot();
        Assert.False(host.Service<StartupState>().IsDone);
        Assert.Equal((0L, 0L), (before.Created, before.ConnectFailures));

        await ExecuteAsync(otherReplica, $"select pg_advisory_unlock({TurnTakingLock})");
        await host.StartAsync();

        while (pool.Snapshot().Idle < 2) // until the reserve is there
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        }

        Assert.Equal(0, pool.Snapshot().ConnectFailures);
    }

    [Fact]
    public async Task The_warm_up_leaves_nothing_behind()
    {
        var database = (await stores.CreateAsync()).Postgres;
        using var inventory = new FakeInventory();
        await using var host = OrdersHost.Start(database, inventory, isWarm: true);
        await host.StartAsync();

        await using var owner = NpgsqlDataSource.Create(database);
        await using var count = owner.CreateCommand(
            "select (select count(*) from orders) + (select count(*) from order_lines) + (select count(*) from idempotency_keys) + (select count(*) from outbox)");
        Assert.Equal(0L, await count.ExecuteScalarAsync(Token));
        Assert.InRange(host.Services.GetRequiredService<PooledDataSource>().Pool.Snapshot().Lent, 1, long.MaxValue); // it did run
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The number is a constant.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Token);
    }
}
