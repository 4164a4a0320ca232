using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

public sealed class StandingQueueTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_queue_stands_once_everybody_served_for_an_interval_has_waited_longer_than_the_target()
    {
        var queue = new StandingQueue(target: 10, interval: 100);

        queue.Served(now: 20, since: 0);
        Assert.False(queue.Stands(now: 109));
        queue.Served(now: 109, since: 90);

        Assert.True(queue.Stands(now: 110));
        Assert.Equal((120, 110), (queue.PatienceEnds(since: 100), queue.PatienceEnds(since: 50)));
    }

    [Fact]
    public void One_who_was_served_in_time_shows_that_it_moves()
    {
        var queue = new StandingQueue(target: 10, interval: 100);

        queue.Served(now: 20, since: 0);
        queue.Served(now: 105, since: 96);

        Assert.False(queue.Stands(now: 1_000));
    }

    [Fact]
    public void It_stands_without_anybody_being_served_at_all()
    {
        var queue = new StandingQueue(target: 10, interval: 100);

        queue.Waits(now: 50, since: 0);

        Assert.Equal((false, true), (queue.Stands(now: 109), queue.Stands(now: 110)));
    }

    [Fact]
    public void Emptied_by_turning_all_away_it_still_stands_and_after_an_interval_of_peace_it_does_not()
    {
        var queue = new StandingQueue(target: 10, interval: 100);
        queue.Waits(now: 50, since: 0);
        queue.IsEmpty(now: 120);

        queue.Begins(now: 130);
        Assert.True(queue.Stands(now: 130));
        queue.IsEmpty(now: 150);
        queue.Begins(now: 250);

        Assert.False(queue.Stands(now: 250));
    }

    [Fact]
    public async Task A_standing_queue_fails_fast_and_a_burst_does_not()
    {
        var time = new FakeTimeProvider();
        var server = new FakeServer();
        await using var pool = new ConnectionPool<FakeConnection>(
            "orders", server, new() { MaxSize = 1, QueueTarget = TimeSpan.FromMilliseconds(50), QueueInterval = TimeSpan.FromMilliseconds(500), DrainTimeout = TimeSpan.Zero }, time);

        (await pool.AcquireAsync(Token)).Dispose();

        // A burst of 20, worked off at 10 ms each: the last waits for 200 ms, and gets his connection.
        var burst = await ServeAsync(pool, time, arrivals: 20, everyMilliseconds: 0);
        Assert.Equal((20, 0), (burst.Served, burst.Shed));

        // Twice as many as can be served, for three seconds: without this, waits would grow to a second and a half.
        time.Advance(TimeSpan.FromSeconds(5));
        var standing = await ServeAsync(pool, time, arrivals: 600, everyMilliseconds: 5);
        Assert.InRange(standing.Served, 280, 350);
        Assert.InRange(standing.Shed, 250, 320);
        Assert.InRange(standing.LongestShedWait, 100, 600);
        Assert.InRange(standing.LateShedWait, 100, 115); // twice the target, once it is known to stand
        Assert.Equal(standing.Shed, pool.Snapshot().Shed);
    }

    [Fact]
    public async Task Pitfall_a_server_far_away_is_no_standing_queue()
    {
        var time = new FakeTimeProvider();
        var resets = new ConcurrentQueue<TaskCompletionSource<bool>>();
        var server = new FakeServer
        {
            Returning = static _ => ReturnAction.Reset,
            Resetting = (_, _) =>
            {
                var reset = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                resets.Enqueue(reset);
                return new(reset.Task);
            },
        };
        await using var pool = new ConnectionPool<FakeConnection>("far", server, new() { MaxSize = 2, DrainTimeout = TimeSpan.Zero }, time);
        var leases = new List<PooledLease<FakeConnection>> { await pool.AcquireAsync(Token), await pool.AcquireAsync(Token) };

        // Two customers for two connections, and 200 ms for each reset: twice the target, for five intervals.
        for (var turn = 0; turn < 25; turn++)
        {
            leases.ForEach(static lease => lease.Dispose());
            var waiting = new[] { pool.AcquireAsync(Token).AsTask(), pool.AcquireAsync(Token).AsTask() };
            await Eventually.Is(() => resets.Count == 2);
            for (var passed = 0; passed < 200; passed += 50)
            {
                time.Advance(TimeSpan.FromMilliseconds(50));
            }

            while (resets.TryDequeue(out var reset))
            {
                reset.SetResult(result: true);
            }

            leases = [.. await Task.WhenAll(waiting)];
        }

        leases.ForEach(static lease => lease.Dispose());
        Assert.Equal((0, 52), (pool.Snapshot().Shed, pool.Snapshot().Lent));
    }

    // Each connection is held for 10 ms; time goes by in steps of 5.
    private static async Task<(int Served, int Shed, double LongestShedWait, double LateShedWait)> ServeAsync(
        ConnectionPool<FakeConnection> pool, FakeTimeProvider time, int arrivals, int everyMilliseconds)
    {
        var waiting = new List<Task<PooledLease<FakeConnection>>>();
        var (served, arrived, step) = (0, 0, 0);
        (PooledLease<FakeConnection> Lease, int Until)? held = null;
        var refusals = new List<ConnectionPoolExhaustedException>();
        while (arrived < arrivals || waiting.Count > 0 || held is not null)
        {
            for (; arrived < arrivals && (everyMilliseconds == 0 || arrived <= step * 5 / everyMilliseconds); arrived++)
            {
                waiting.Add(pool.AcquireAsync(Token).AsTask());
            }

            if (held is { } over && step >= over.Until)
            {
                over.Lease.Dispose();
                held = null;
            }

            await Eventually.Is(() => waiting.Count(static task => !task.IsCompleted) == pool.Snapshot().Waiting);
            foreach (var done in waiting.Where(static task => task.IsCompleted).ToList())
            {
                waiting.Remove(done);
                if (done.IsFaulted)
                {
                    refusals.Add((ConnectionPoolExhaustedException)done.Exception!.InnerException!);
                    continue;
                }

                Assert.Null(held);
                held = (await done, step + 2);
                served++;
            }

            time.Advance(TimeSpan.FromMilliseconds(5));
            step++;
        }

        Assert.All(refusals, static refusal => Assert.Equal(PoolRefusalReason.StandingQueue, refusal.Reason));
        return (served, refusals.Count, refusals.Count == 0 ? 0 : refusals.Max(static r => r.Waited.TotalMilliseconds), refusals.Count == 0 ? 0 : refusals[^1].Waited.TotalMilliseconds);
    }
}
