using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

/// <summary>What the pool does of its own accord: refill, evict, keep alive, find leaks; and what an operator does to it.</summary>
public sealed class ConnectionPoolUpkeepTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeServer _server = new();
    private ConnectionPool<FakeConnection>? _pool;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await (_pool?.DisposeAsync() ?? default);

    [Fact]
    public async Task The_idle_reserve_is_filled_from_the_start_and_again_after_it_was_lent()
    {
        var pool = Pool(new() { MinIdle = 3, MaxSize = 5 });
        await Eventually.Is(() => pool.Snapshot().Idle == 3);

        using var one = await pool.AcquireAsync(Token);
        using var two = await pool.AcquireAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.Is(() => pool.Snapshot() is { Idle: 3, InUse: 2 });
        using var three = await pool.AcquireAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Is(() => pool.Snapshot() is { Idle: 2, InUse: 3 }); // no more than there may be
    }

    [Fact]
    public async Task Pitfall_lifo_idle_shrinks_what_nobody_needs_ends_while_one_is_in_steady_use()
    {
        var pool = Pool(new() { MaxSize = 5, IdleTimeout = TimeSpan.FromMinutes(1), LifetimeJitterRatio = 0 });
        await LendAsync(pool, 5);

        for (var second = 0; second < 90; second++)
        {
            (await pool.AcquireAsync(Token)).Dispose();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Eventually.Is(() => pool.Snapshot() is { Total: 1, Idle: 1 });
    }

    [Fact]
    public async Task Idle_eviction_leaves_the_reserve_alone()
    {
        var pool = Pool(new() { MaxSize = 5, MinIdle = 2, IdleTimeout = TimeSpan.FromMinutes(1) });
        await LendAsync(pool, 5);

        for (var second = 0; second < 120; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Eventually.Is(() => pool.Snapshot() is { Total: 2, Idle: 2 });
        Assert.Equal(5, _server.Made);
    }

    [Fact]
    public async Task Pitfall_lifetime_jitter_no_mass_extinction()
    {
        var pool = Pool(new() { MaxSize = 40, MaxLifetime = TimeSpan.FromMinutes(10), IdleTimeout = TimeSpan.FromHours(1), LifetimeJitterRatio = 0.2, Draw = new Random(7).NextDouble });
        await LendAsync(pool, 40);
        var ends = new List<int>();

        for (var step = 0; step < 70; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await Eventually.Is(() => pool.Snapshot().Closing == 0);
            ends.Add(_server.Destroyed);
        }

        Assert.Equal(40, ends[^1]);
        Assert.Equal(0, ends[46]); // none before four fifths of the time
        Assert.InRange(Enumerable.Range(1, ends.Count - 1).Max(index => ends[index] - ends[index - 1]), 1, 9);
    }

    [Fact]
    public async Task Pitfall_an_expired_connection_is_not_lent_even_before_the_upkeep_finds_it()
    {
        var pool = Pool(new() { MaxSize = 1, MaxLifetime = TimeSpan.FromSeconds(605), IdleTimeout = TimeSpan.FromHours(1), LifetimeJitterRatio = 0 });
        (await pool.AcquireAsync(Token)).Dispose();

        for (var upkeep = 0; upkeep < 60; upkeep++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        _time.Advance(TimeSpan.FromSeconds(5.5));
        Assert.Equal(1, pool.Snapshot().Idle); // the next upkeep is still to come

        Assert.Equal(2, (await pool.AcquireAsync(Token)).Connection.Number);
    }

    [Fact]
    public async Task A_connection_that_grew_old_in_use_is_closed_when_it_comes_back()
    {
        var pool = Pool(new() { MaxSize = 1, MaxLifetime = TimeSpan.FromMinutes(1), LeakThreshold = TimeSpan.Zero });
        var lease = await pool.AcquireAsync(Token);
        _time.Advance(TimeSpan.FromMinutes(2));
        lease.Connection.Use(); // nobody takes it away from under him

        lease.Dispose();

        await Eventually.Is(() => pool.Snapshot().Total == 0);
    }

    [Fact]
    public async Task Idle_connections_are_kept_alive_in_the_background_and_still_end_when_nobody_needs_them()
    {
        _server.CanBeValidated = true;
        var pool = Pool(new() { MaxSize = 4, KeepAliveInterval = TimeSpan.FromMinutes(1), IdleTimeout = TimeSpan.FromMinutes(3) });
        await LendAsync(pool, 4);

        for (var second = 0; second < 100; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.Is(() => pool.Snapshot() is { InUse: 0 });
        }

        Assert.InRange(_server.Validations, 4, 8);
        for (var second = 0; second < 100; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.Is(() => pool.Snapshot() is { InUse: 0 });
        }

        await Eventually.Is(() => pool.Snapshot().Total == 0);
    }

    [Fact]
    public async Task A_leak_is_found_once_and_the_next_one_with_the_stack_of_who_borrowed()
    {
        var leaks = new List<ConnectionLeak>();
        var pool = Pool(new() { MaxSize = 3, LeakThreshold = TimeSpan.FromMinutes(1), OnLeak = leaks.Add });
        var first = await pool.AcquireAsync(Token);
        _time.Advance(TimeSpan.FromMinutes(2));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((null, 1L), (Assert.Single(leaks).Borrower, pool.Snapshot().Leaks));

        (await pool.AcquireAsync(Token)).Dispose();
        var second = await BorrowAndForgetAsync(pool);
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Contains(nameof(BorrowAndForgetAsync), leaks[1].Borrower!.ToString(), StringComparison.Ordinal);
        Assert.Equal((2, TimeSpan.FromMinutes(2)), (leaks.Count, leaks[1].Held));
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Suspended_it_lends_nothing_and_resumed_it_serves_who_waited_first()
    {
        var pool = Pool(new() { MaxSize = 2 });
        await LendAsync(pool, 2);

        pool.Suspend();
        var (first, second) = (pool.AcquireAsync(Token).AsTask(), pool.AcquireAsync(Token).AsTask());
        var third = pool.AcquireAsync(Token).AsTask();
        Assert.Equal((2, 3, true), (pool.Snapshot().Idle, pool.Snapshot().Waiting, pool.Snapshot().IsSuspended));
        pool.Resume();

        await first;
        await second;
        Assert.False(third.IsCompleted);
        (await first).Dispose();
        await third;
    }

    [Fact]
    public async Task Evicting_all_closes_idle_now_lent_at_return_and_connecting_when_made()
    {
        var pool = Pool(new() { MaxSize = 4 });
        var (idle, lent) = (await pool.AcquireAsync(Token), await pool.AcquireAsync(Token));
        idle.Dispose();
        using var held = await pool.AcquireAsync(Token);
        _server.HoldsConnects = true;
        var waiting = pool.AcquireAsync(Token).AsTask();
        await Eventually.Is(() => _server.Connecting == 1);

        pool.EvictAll();
        lent.Dispose();
        await _server.LetOneIn(); // made before the eviction: nobody gets it
        await Eventually.Is(() => _server.Destroyed == 2);
        Assert.False(waiting.IsCompleted);
        await _server.LetOneIn();

        Assert.Equal(4, (await waiting).Connection.Number);
        Assert.Equal((2, 2), (pool.Snapshot().InUse, pool.Snapshot().Total));
    }

    [Fact]
    public async Task Resizing_up_serves_who_waits_and_down_closes_what_is_too_much()
    {
        var pool = Pool(new() { MaxSize = 1 });
        var first = await pool.AcquireAsync(Token);
        var (second, third) = (pool.AcquireAsync(Token).AsTask(), pool.AcquireAsync(Token).AsTask());

        pool.Resize(3);
        await Task.WhenAll(second, third);
        Assert.Equal(3, pool.Snapshot().InUse);
        pool.Resize(1);
        first.Dispose();
        (await second).Dispose();
        Assert.Equal((1, 0), (pool.Snapshot().InUse, pool.Snapshot().Idle));
        (await third).Dispose();

        await Eventually.Is(() => pool.Snapshot() is { Idle: 1, Total: 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Resize(0));
    }

    [Fact]
    public async Task Pitfall_dispose_refuses_who_waits_closes_idle_now_and_lent_at_return_and_may_be_done_twice()
    {
        var pool = Pool(new() { MaxSize = 2, DrainTimeout = TimeSpan.FromHours(1) });
        var (idle, lent) = (await pool.AcquireAsync(Token), await pool.AcquireAsync(Token));
        using var other = lent;
        var waiting = pool.AcquireAsync(Token).AsTask();
        idle.Dispose();
        using var last = await waiting;
        waiting = pool.AcquireAsync(Token).AsTask();

        var disposing = pool.DisposeAsync().AsTask();
        var again = pool.DisposeAsync().AsTask();
        Assert.Equal(PoolRefusalReason.ShuttingDown, (await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiting)).Reason);
        var late = await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => pool.AcquireAsync(Token).AsTask());
        Assert.Equal((PoolRefusalReason.ShuttingDown, false), (late.Reason, disposing.IsCompleted));
        lent.Dispose();
        last.Dispose();

        await Task.WhenAll(disposing, again);
        Assert.Equal((2, 0), (_server.Destroyed, pool.Snapshot().Total));
    }

    private static async Task<PooledLease<FakeConnection>> BorrowAndForgetAsync(ConnectionPool<FakeConnection> pool) => await pool.AcquireAsync(Token);

    private static async Task LendAsync(ConnectionPool<FakeConnection> pool, int count)
    {
        var leases = new List<PooledLease<FakeConnection>>();
        for (var index = 0; index < count; index++)
        {
            leases.Add(await pool.AcquireAsync(Token));
        }

        leases.ForEach(static lease => lease.Dispose());
    }

    private ConnectionPool<FakeConnection> Pool(ConnectionPoolOptions options)
    {
        options.QueueTarget = TimeSpan.Zero;
        options.DrainTimeout = options.DrainTimeout == TimeSpan.FromHours(1) ? options.DrainTimeout : TimeSpan.Zero;
        return _pool = new("orders", _server, options, _time);
    }
}
