using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Resilience.Deadlines;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

/// <summary>Lending and taking back, and who is served when.</summary>
public sealed class ConnectionPoolTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeServer _server = new();
    private ConnectionPool<FakeConnection>? _pool;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await (_pool?.DisposeAsync() ?? default);

    [Fact]
    public async Task A_connection_is_lent_again_and_not_made_again()
    {
        var pool = Pool();
        for (var use = 0; use < 10; use++)
        {
            using var lease = await pool.AcquireAsync(Token);
            lease.Connection.Use();
        }

        Assert.Equal((1, 1, 0, 10L), (_server.Made, pool.Snapshot().Idle, pool.Snapshot().InUse, pool.Snapshot().Lent));
    }

    [Fact]
    public async Task What_is_idle_is_lent_last_in_first_out()
    {
        var pool = Pool();
        var (first, second) = (await pool.AcquireAsync(Token), await pool.AcquireAsync(Token));
        var last = first.Connection;

        second.Dispose();
        first.Dispose();

        Assert.Same(last, (await pool.AcquireAsync(Token)).Connection);
    }

    [Fact]
    public async Task Who_waits_is_served_in_order_from_the_hand_of_who_gives_back_and_no_newcomer_barges_in()
    {
        var pool = Pool(maxSize: 1);
        var holder = await pool.AcquireAsync(Token);
        var (first, second) = (pool.AcquireAsync(Token).AsTask(), pool.AcquireAsync(Token).AsTask());

        holder.Dispose();
        var newcomer = pool.AcquireAsync(Token).AsTask();

        var firstLease = await first;
        Assert.Equal((false, false, 2), (second.IsCompleted, newcomer.IsCompleted, pool.Snapshot().Waiting));
        firstLease.Dispose();
        (await second).Dispose();
        (await newcomer).Dispose();
        Assert.Equal(1, _server.Made);
    }

    [Fact]
    public async Task Callers_wait_on_the_pool_and_never_on_a_connect()
    {
        var pool = Pool(maxSize: 10);
        var holder = await pool.AcquireAsync(Token);
        _server.HoldsConnects = true;

        var waiting = pool.AcquireAsync(Token).AsTask();
        await Eventually.Is(() => _server.Connecting == 1);
        holder.Dispose();

        Assert.Equal(1, (await waiting).Connection.Number); // served by what came back, while the connect still hangs
        Assert.Equal(1, _server.Connecting);
    }

    [Fact]
    public async Task Pitfall_thundering_creation_fifty_wait_and_what_comes_back_serves_them()
    {
        var pool = Pool(maxSize: 50);
        var holder = await pool.AcquireAsync(Token);
        _server.HoldsConnects = true;
        var waiting = Enumerable.Range(0, 50).Select(_ => pool.AcquireAsync(Token).AsTask()).ToList();
        await Eventually.Is(() => _server.Connecting == 2); // as many at a time as may be

        holder.Dispose();
        foreach (var waiter in waiting)
        {
            (await waiter).Dispose();
        }

        await _server.LetOneIn();
        await _server.LetOneIn();
        await Eventually.Is(() => pool.Snapshot().Creating == 0);
        Assert.Equal((3, 3), (_server.Attempts, pool.Snapshot().Idle)); // the other 48 were never begun
    }

    [Fact]
    public async Task Pitfall_waiter_gives_up_at_the_moment_it_is_granted_and_the_connection_is_not_lost()
    {
        var pool = Pool(maxSize: 1);
        for (var round = 0; round < 500; round++)
        {
            var holder = await pool.AcquireAsync(Token);
            using var cancellation = new CancellationTokenSource();
            var waiting = pool.AcquireAsync(cancellation.Token).AsTask();

            await Task.WhenAll(Task.Run(holder.Dispose, Token), Task.Run(cancellation.Cancel, Token));

            try
            {
                (await waiting).Dispose();
            }
            catch (OperationCanceledException)
            {
            }

            Assert.Equal((1, 0, 0), (pool.Snapshot().Idle, pool.Snapshot().InUse, pool.Snapshot().Waiting));
        }
    }

    [Fact]
    public async Task Pitfall_waiter_times_out_and_what_comes_back_later_is_not_lost()
    {
        var pool = Pool(maxSize: 1);
        var holder = await pool.AcquireAsync(Token);
        var waiting = pool.AcquireAsync(Token).AsTask();

        await _time.AdvanceUntilAsync(waiting, TimeSpan.FromMilliseconds(100));
        holder.Dispose();

        await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiting);
        Assert.Equal((1, 0), (pool.Snapshot().Idle, pool.Snapshot().Waiting));
    }

    [Fact]
    public async Task A_refusal_says_size_in_use_waiters_and_who_holds_longest()
    {
        var pool = Pool(maxSize: 2);
        var (one, _) = (await pool.AcquireAsync(Token), await pool.AcquireAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(2));
        var waiting = pool.AcquireAsync(Token).AsTask();
        _time.Advance(TimeSpan.FromSeconds(4));
        var other = pool.AcquireAsync(Token).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));

        var refusal = await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiting);

        Assert.Equal(
            (PoolRefusalReason.Timeout, 2, 2, 1, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(5)),
            (refusal.Reason, refusal.Size, refusal.InUse, refusal.Waiting, refusal.LongestHeld, refusal.Waited));
        Assert.Equal(
            "Pool 'orders' lent no connection after 5000 ms: none came free in that time. Hold connections for a shorter time, raise MaxSize, or shed load. "
            + "It has 2 of 2: 2 in use, 0 idle, 0 connecting, 0 closing; 1 waiting; the longest lent is out for 7000 ms.",
            refusal.Message);
        one.Dispose();
        await other;
    }

    [Fact]
    public async Task Nobody_waits_beyond_his_deadline()
    {
        var pool = Pool(maxSize: 1);
        var holder = await pool.AcquireAsync(Token);
        Task<PooledLease<FakeConnection>> waiting;
        using (Deadline.Begin(TimeSpan.FromMilliseconds(300), _time))
        {
            waiting = pool.AcquireAsync(Token).AsTask();
        }

        _time.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal(PoolRefusalReason.Deadline, (await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiting)).Reason);
        using (Deadline.Begin(TimeSpan.Zero, _time))
        {
            var late = await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => pool.AcquireAsync(Token).AsTask());
            Assert.Equal((PoolRefusalReason.Deadline, TimeSpan.Zero), (late.Reason, late.Waited));
        }

        holder.Dispose();
    }

    [Fact]
    public async Task Pitfall_double_return_changes_nothing_and_is_counted_even_when_the_connection_is_out_again()
    {
        var pool = Pool(maxSize: 1);
        var first = await pool.AcquireAsync(Token);
        first.Dispose();
        var second = await pool.AcquireAsync(Token);

        first.Dispose();

        Assert.Equal((1, 0, 1L), (pool.Snapshot().InUse, pool.Snapshot().Idle, pool.Snapshot().StaleReturns));
        Assert.True(second.IsHeld);
        second.Dispose();
    }

    [Fact]
    public async Task Pitfall_use_after_return_is_refused_even_when_the_connection_is_out_again()
    {
        var pool = Pool(maxSize: 1);
        var first = await pool.AcquireAsync(Token);
        first.Dispose();
        using var second = await pool.AcquireAsync(Token);

        Assert.False(first.IsHeld);
        var refusal = Assert.Throws<ObjectDisposedException>(() => first.Connection);
        Assert.Contains("The connection was given back to pool 'orders' and may be somebody else's now.", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => default(PooledLease<FakeConnection>).Connection);
    }

    [Fact]
    public async Task Pitfall_return_after_eviction_closes_the_connection_and_a_second_return_is_found_although_its_place_has_another()
    {
        var pool = Pool(maxSize: 1);
        var lease = await pool.AcquireAsync(Token);
        var old = lease.Connection;

        pool.EvictAll();
        lease.Dispose();
        using var next = await pool.AcquireAsync(Token);
        lease.Dispose();
        lease.Invalidate();

        Assert.NotSame(old, next.Connection);
        await Eventually.Is(() => old.IsDestroyed);
        Assert.Equal((1L, 1), (pool.Snapshot().StaleReturns, pool.Snapshot().InUse));
    }

    [Fact]
    public async Task Pitfall_poisoned_or_broken_connections_are_never_lent_again()
    {
        var pool = Pool(maxSize: 1);
        var poisoned = await pool.AcquireAsync(Token);
        poisoned.Invalidate();
        poisoned.Dispose();
        var broken = await pool.AcquireAsync(Token);
        broken.Connection.IsBroken = true;
        broken.Dispose();
        _server.Returning = static _ => throw new InvalidOperationException();
        (await pool.AcquireAsync(Token)).Dispose();

        using var next = await pool.AcquireAsync(Token);

        Assert.Equal(4, next.Connection.Number);
        await Eventually.Is(() => _server.Destroyed == 3);
    }

    [Fact]
    public async Task A_connection_is_reset_in_the_background_before_anybody_else_gets_it()
    {
        var gate = new TaskCompletionSource<bool>();
        var pool = Pool(maxSize: 1);
        (_server.Returning, _server.Resetting) = (static _ => ReturnAction.Reset, (_, _) => new(gate.Task));

        (await pool.AcquireAsync(Token)).Dispose(); // returns at once, although the reset hangs
        var waiting = pool.AcquireAsync(Token).AsTask();
        Assert.Equal((false, 1, 0), (waiting.IsCompleted, pool.Snapshot().InUse, pool.Snapshot().Idle));
        gate.SetResult(result: true);

        Assert.Equal(1, (await waiting).Connection.Number);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_whose_reset_fails_is_closed(bool throws)
    {
        var pool = Pool(maxSize: 1);
        _server.Returning = static _ => ReturnAction.Reset;
        _server.Resetting = (_, _) => throws ? throw new IOException() : new(result: false);

        (await pool.AcquireAsync(Token)).Dispose();

        Assert.Equal(2, (await pool.AcquireAsync(Token)).Connection.Number);
    }

    [Fact]
    public async Task A_reset_that_never_ends_is_given_up()
    {
        var pool = Pool(maxSize: 1, acquireTimeout: TimeSpan.FromHours(1));
        _server.Returning = static _ => ReturnAction.Reset;
        _server.Resetting = static async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return true;
        };
        (await pool.AcquireAsync(Token)).Dispose();

        var waiting = pool.AcquireAsync(Token).AsTask();
        await _time.AdvanceUntilAsync(waiting, TimeSpan.FromMilliseconds(50));

        Assert.Equal(2, (await waiting).Connection.Number);
    }

    [Fact]
    public async Task Overflow_serves_a_burst_and_is_closed_when_it_comes_back_and_nobody_waits()
    {
        var pool = Pool(maxSize: 1, maxOverflow: 2);
        var leases = new[] { await pool.AcquireAsync(Token), await pool.AcquireAsync(Token), await pool.AcquireAsync(Token) };
        var fourth = pool.AcquireAsync(Token).AsTask();
        Assert.Equal((3, 3, 1), (pool.Snapshot().Total, pool.Snapshot().InUse, pool.Snapshot().Waiting));

        leases[0].Dispose();
        leases[1].Dispose();
        leases[2].Dispose();
        (await fourth).Dispose();

        await Eventually.Is(() => _server.Destroyed == 2);
        await Eventually.Is(() => pool.Snapshot() is { Total: 1, Idle: 1 });
    }

    [Fact]
    public async Task A_thread_that_cannot_await_waits_as_well()
    {
        var pool = Pool(maxSize: 1);
        var holder = await pool.AcquireAsync(Token);

        var waiting = Task.Factory.StartNew(() => pool.Acquire().Connection.Number, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Eventually.Is(() => pool.Snapshot().Waiting == 1);
        holder.Dispose();

        Assert.Equal(1, await waiting);
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        var range = Assert.Throws<System.ComponentModel.DataAnnotations.ValidationException>(() => Pool(maxSize: 0));
        Assert.Equal("The pool 'orders' can't be built: MaxSize is 0, but must be from 1 to 10000.", range.Message);
        var cross = Assert.Throws<System.ComponentModel.DataAnnotations.ValidationException>(
            () => new ConnectionPool<FakeConnection>("orders", _server, new() { MinIdle = 3, MaxSize = 2 }, _time));
        Assert.Equal("The pool 'orders' can't be built: MinIdle is 3, but must not be above MaxSize, which is 2.", cross.Message);
    }

    private ConnectionPool<FakeConnection> Pool(int maxSize = 4, int maxOverflow = 0, TimeSpan? acquireTimeout = null) => _pool = new(
        "orders",
        _server,
        new()
        {
            MaxSize = maxSize,
            MaxOverflow = maxOverflow,
            AcquireTimeout = acquireTimeout ?? TimeSpan.FromSeconds(5),
            QueueTarget = TimeSpan.Zero,
            DrainTimeout = TimeSpan.Zero,
        },
        _time);
}
