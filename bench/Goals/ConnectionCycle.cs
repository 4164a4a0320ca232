using System.Data.Common;
using System.Threading.Channels;
using Npgsql;
using Resilience.Benchmarks.Harness;
using Resilience.ConnectionPools;

namespace Resilience.Benchmarks.Goals;

/// <summary>Neither side resets the session, which would be the server's time. As a data source, ours hands out a new connection object each time, as Npgsql does.</summary>
internal sealed class ConnectionCycle() : Goal("G10", "connection rented and returned", "Npgsql OpenAsync and Dispose; a channel's read and write")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        await using var server = new FakePostgres(TimeSpan.Zero, TimeSpan.Zero);
        await using var theirs = NpgsqlDataSource.Create(server.ConnectionString + ";No Reset On Close=true");
        await using var source = new PooledDataSource(
            "bench", NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false"), new() { ResetCommand = "", ValidationCommand = "" });
        var channel = Channel.CreateBounded<DbConnection>(16);
        channel.Writer.TryWrite(await theirs.OpenConnectionAsync());
        var pool = source.Pool;
        (await pool.AcquireAsync(CancellationToken.None)).Dispose();

        var ours = new Case("ours", async operations =>
        {
            for (var operation = 0; operation < operations; operation++)
            {
                using var lease = await pool.AcquireAsync(CancellationToken.None);
            }
        });
        var npgsql = new Case("Npgsql", operations => OpenAndCloseAsync(theirs, operations));
        var cycle = await stand.CompareAsync(ours, npgsql);
        var asSource = await stand.CompareAsync(new Case("ours as a data source", operations => OpenAndCloseAsync(source, operations)), npgsql);
        var bare = await stand.CompareAsync(ours, new Case("channel", operations =>
        {
            for (var operation = 0; operation < operations; operation++)
            {
                channel.Reader.TryRead(out var connection);
                channel.Writer.TryWrite(connection!);
            }

            return Task.CompletedTask;
        }));
        if (pool.Snapshot() is not { Created: 1, InUse: 0 })
        {
            throw new InvalidOperationException("It measures something else than it says.");
        }

        return new(
            [
                new("", cycle.TimeRatio, 0.40),
                new("allocates", cycle.Bytes, 0, "B"),
                new("of a channel", bare.TimeRatio, 3),
                new("as a data source", asSource.TimeRatio, double.PositiveInfinity),
            ],
            [.. cycle.Rows, asSource.Rows.First(), bare.Rows.Last()]);
    }

    private static async Task OpenAndCloseAsync(DbDataSource source, int operations)
    {
        for (var operation = 0; operation < operations; operation++)
        {
            await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
        }
    }
}
