using System.Data.Common;
using System.Diagnostics;
using Npgsql;
using Resilience.Benchmarks.Harness;
using Resilience.ConnectionPools;

namespace Resilience.Benchmarks.Goals;

/// <summary>HikariCP's test: five connections lie idle, fifty requests come at once, a query takes 2 ms and a new connection 150 ms.</summary>
/// <remarks>Both as they come: Npgsql resets with the next borrower's first statement, ours in a round trip of its own. Source: B. Wooldridge, <i>HikariCP</i>, "Welcome to the Jungle".</remarks>
internal sealed class SpikeDemand() : Goal("G11", "50 requests, 5 idle connections, 150 ms to connect, 2 ms a query", "Npgsql, up to 50 connections")
{
    private const int Rounds = 11;
    private const int Requests = 50;
    private const int Idle = 5;
    private static readonly TimeSpan _connectTime = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan _queryTime = TimeSpan.FromMilliseconds(2);

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var (ours, theirs) = (new List<Spike>(), new List<Spike>());
        for (var round = 0; round < Rounds + 1; round++)
        {
            theirs.Add(await RunAsync(static server => NpgsqlDataSource.Create(server.ConnectionString + ";Maximum Pool Size=50")));
            ours.Add(await RunAsync(static server => new PooledDataSource(
                "bench",
                NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false"),
                new() { Pool = new() { MaxSize = 50 }, ResetCommand = PooledDataSourceOptions.PostgresReset })));
        }

        var (measured, rival) = (ours.Skip(1).ToList(), theirs.Skip(1).ToList()); // the first round compiles
        return new(
            [
                new("", Band.Of(measured.Zip(rival, static (one, other) => one.Time / other.Time)), 0.35),
                new("new connections", Band.Of(measured.Select(static spike => (double)spike.NewConnections)), 3),
            ],
            [Row("ours", measured), Row("Npgsql", rival)]);
    }

    private static Row Row(string name, List<Spike> spikes) => new(
        FormattableString.Invariant($"{name} {Band.Of(spikes.Select(static spike => (double)spike.NewConnections)).Median:0} new connections,"),
        Band.Of(spikes.Select(static spike => spike.Time.TotalNanoseconds)).Median,
        0);

    private static async Task<Spike> RunAsync(Func<FakePostgres, DbDataSource> create)
    {
        await using var server = new FakePostgres(_connectTime, _queryTime);
        await using var source = create(server);
        var idle = new List<DbConnection>();
        for (var index = 0; index < Idle; index++)
        {
            idle.Add(await source.OpenConnectionAsync());
        }

        foreach (var connection in idle)
        {
            await connection.DisposeAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, Idle).Select(_ => QueryAsync(source))); // resets done, statements known
        var before = server.Connections;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => Task.Run(() => QueryAsync(source))));
        return new(Stopwatch.GetElapsedTime(began), server.Connections - before);
    }

    private static async Task QueryAsync(DbDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select work";
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Spike(TimeSpan Time, int NewConnections);
}
