using System.Diagnostics;
using System.Globalization;
using Dapper;
using Npgsql;
using Resilience.ConnectionPools;
using Xunit;

namespace Services.Tests.ConnectionPools;

/// <summary>PostgreSQL is killed, stopped in its tracks, or has no connection left to give. It is a server of this class's own.</summary>
public sealed class PostgresOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private OwnPostgres _postgres = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _postgres = await OwnPostgres.StartAsync();

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task Killed_under_load_callers_learn_it_at_once_and_a_second_after_it_is_back_all_is_well()
    {
        await using var source = PooledPostgres.Source(_postgres.Server.ConnectionStringFor("postgres"), static pool => pool.MaxSize = 5);
        Assert.Equal(1, await AskAsync(source));

        await _postgres.Server.KillAsync();
        var away = new List<TimeSpan>();
        for (var call = 0; call < 20; call++)
        {
            var began = Stopwatch.GetTimestamp();
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => AskAsync(source));
            away.Add(Stopwatch.GetElapsedTime(began));
        }

        Assert.All(away.Skip(2), static time => Assert.True(time < TimeSpan.FromSeconds(1)));
        Assert.True(source.Pool.Snapshot().IsServerAway);
        await _postgres.StartAgainAsync();

        Assert.InRange(await TimeUntilUsableAsync(source), TimeSpan.Zero, TimeSpan.FromSeconds(2)); // one second, and one for a machine that others use
        Assert.InRange(source.Pool.Snapshot().Total, 1, 2); // no storm
    }

    [Fact]
    public async Task Stopped_idle_connections_are_not_lent_and_continued_it_is_usable_again()
    {
        await using var source = PooledPostgres.Source(_postgres.Server.ConnectionStringFor("postgres"), static pool =>
        {
            pool.MaxSize = 3;
            pool.AcquireTimeout = TimeSpan.FromSeconds(1);
            pool.ValidationTimeout = TimeSpan.FromMilliseconds(300);
            pool.ConnectTimeout = TimeSpan.FromMilliseconds(500);
            pool.ValidationBypass = TimeSpan.Zero;
        });
        int backend;
        await using (var connection = await source.OpenConnectionAsync(Token))
        {
            backend = await connection.ExecuteScalarAsync<int>("select pg_backend_pid()");
        }

        await UntilAsync(() => source.Pool.Snapshot().Idle == 1);
        await SignalAsync("STOP", backend, _postgres.Server.ProcessId!.Value);
        try
        {
            var began = Stopwatch.GetTimestamp();
            var refusal = await Assert.ThrowsAsync<ConnectionUnavailableException>(() => source.OpenConnectionAsync(Token).AsTask());
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(4), refusal.Message);
        }
        finally
        {
            await SignalAsync("CONT", backend, _postgres.Server.ProcessId!.Value);
        }

        Assert.InRange(await TimeUntilUsableAsync(source), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Out_of_connections_those_there_are_serve_everybody()
    {
        await using (var owner = new NpgsqlConnection(_postgres.Server.ConnectionStringFor("postgres")))
        {
            await owner.ExecuteAsync("create role few login password 'few' connection limit 3");
        }

        var few = new NpgsqlConnectionStringBuilder(_postgres.Server.ConnectionStringFor("postgres")) { Username = "few", Password = "few" };
        await using var source = PooledPostgres.Source(few.ConnectionString, static pool => (pool.MaxSize, pool.ConnectConcurrency) = (10, 5));

        var calls = Enumerable.Range(0, 60).Select(async call =>
        {
            await using var connection = await source.OpenConnectionAsync(Token);
            return await connection.ExecuteScalarAsync<int>("select @call from pg_sleep(0.01)", new { call });
        });

        Assert.Equal(Enumerable.Range(0, 60), await Task.WhenAll(calls));
        Assert.InRange(source.Pool.Snapshot().Total, 1, 4); // three, and perhaps one being tried
        Assert.InRange(source.Pool.Snapshot().ConnectFailures, 1, 60);
    }

    private static async Task<int> AskAsync(PooledDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync(Token);
        return await connection.ExecuteScalarAsync<int>("select 1");
    }

    private static async Task<TimeSpan> TimeUntilUsableAsync(PooledDataSource source)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await AskAsync(source);
                return Stopwatch.GetElapsedTime(began);
            }
            catch (System.Data.Common.DbException) when (Stopwatch.GetElapsedTime(began) < _patience)
            {
                await Task.Delay(10, Token);
            }
        }
    }

    private static async Task SignalAsync(string signal, params int[] processes)
    {
        foreach (var process in processes)
        {
            using var kill = Process.Start("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(Token);
            Assert.Equal(0, kill.ExitCode);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _patience);
            await Task.Delay(5, Token);
        }
    }
}
