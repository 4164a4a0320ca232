using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Resilience.ConnectionPools;
using Resilience.Health;
using Resilience.Pipelines;
using Resilience.Recovery;
using Services.Tests.ConnectionPools;
using Xunit;

namespace Services.Tests.Recovery;

/// <summary>
/// A real outage that no check of a connection finds: sessions that were made while the database took no writes, as before a failover is through, stay read-only when it
/// takes them again. They answer, reset themselves well, and refuse every write, for as long as the pool keeps them.
/// </summary>
/// <remarks>The pool knows this one by its <c>SqlState</c> and has a remedy, which is off here, as it is for outages that nobody has named yet.</remarks>
public sealed class ReadOnlySessionsTests(Stores stores)
{
    private static readonly TimeSpan _watch = TimeSpan.FromSeconds(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RecoveryMode.Act)]
    [InlineData(RecoveryMode.DryRun)]
    public async Task Writes_work_again_once_the_pool_is_recycled_and_not_before(RecoveryMode mode)
    {
        var address = (await stores.CreateAsync()).Postgres;
        await using var owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(address) { Pooling = false }.ConnectionString);
        await owner.OpenAsync(Token);
        var database = owner.Database;
        await owner.ExecuteAsync("create table orders (id int)");
        await owner.ExecuteAsync($"alter database \"{database}\" set default_transaction_read_only = on");
        await using var source = PooledPostgres.Source(address, static pool => (pool.MaxSize, pool.MinIdle) = (3, 3), readOnlyRenewal: TimeSpan.Zero); // its own remedy is off
        Assert.False(await TryWriteAsync(source));
        while (source.Pool.Snapshot().Idle < 3)
        {
            await Task.Delay(20, Token); // all of its sessions are made now, and none later
        }

        await owner.ExecuteAsync($"alter database \"{database}\" set default_transaction_read_only = off");

        var last = new ConcurrentQueue<bool>();
        using var probe = new HealthProbe("orders-db", token => CheckAsync(address, token), new() { Period = TimeSpan.FromMilliseconds(200) });
        using var recovery = new RecoveryOrchestrator("orders", new() { Mode = mode, Interval = TimeSpan.FromMilliseconds(200) });
        recovery.Add(RecoveryProcedures.RecyclePool(source.Pool, () => last.Count(static isWritten => !isWritten) > last.Count / 2, probe));
        probe.Start();
        recovery.Start();

        var (began, attempts) = (Stopwatch.GetTimestamp(), 0);
        TimeSpan? recovered = null;
        while (recovered is null && Stopwatch.GetElapsedTime(began) < (mode == RecoveryMode.Act ? TimeSpan.FromSeconds(30) : _watch))
        {
            attempts++;
            var isWritten = await TryWriteAsync(source);
            last.Enqueue(isWritten);
            recovered = isWritten ? Stopwatch.GetElapsedTime(began) : null;
            while (last.Count > 10)
            {
                last.TryDequeue(out _);
            }

            await Task.Delay(20, Token);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{mode}: {(recovered is { } time ? $"writes after {time.TotalSeconds:F1} s" : "no write within the watch")}, {attempts} attempts");
        if (mode == RecoveryMode.DryRun)
        {
            Assert.Null(recovered);
            Assert.Contains(recovery.Snapshot().Records, static record => record.Result == RecoveryResult.DryRun);
            return;
        }

        Assert.NotNull(recovered);
        for (var write = 0; write < 20; write++)
        {
            Assert.True(await TryWriteAsync(source)); // no session of before is lent any more
            last.Enqueue(item: true);
        }

        while (recovery.Snapshot().Records.All(static record => record.Result != RecoveryResult.Verified))
        {
            await Task.Delay(20, Token);
        }
    }

    private static async Task<bool> TryWriteAsync(PooledDataSource source)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(Token);
            return await connection.ExecuteAsync("insert into orders values (1)") == 1;
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            return false;
        }
    }

    private static async Task<HealthCheckResult> CheckAsync(string address, CancellationToken token)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(address) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(token);
        return await connection.ExecuteScalarAsync<string>("show default_transaction_read_only") == "off" ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("It takes no writes.");
    }
}
