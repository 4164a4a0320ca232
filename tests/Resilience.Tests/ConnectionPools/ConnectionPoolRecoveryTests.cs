using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

/// <summary>The server dies at chosen moments, hangs, and comes back.</summary>
public sealed class ConnectionPoolRecoveryTests : IAsyncDisposable
{
    // Fake time runs ahead of the thread pool that connects: who waits must not give up before it has had its turn.
    private static readonly TimeSpan _forEver = TimeSpan.FromHours(10);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeServer _server = new();
    private ConnectionPool<FakeConnection>? _pool;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await (_pool?.DisposeAsync() ?? default);

    [Fact]
    public async Task Server_away_for_five_minutes_then_back_is_usable_within_a_second_without_a_connect_storm()
    {
        var pool = Pool(new() { MaxSize = 20, Draw = new Random(1).NextDouble });
        var leases = new List<PooledLease<FakeConnection>>();
        for (var call = 0; call < 10; call++)
        {
            leases.Add(await pool.AcquireAsync(Token));
        }

        (_server.IsAway, _server.Returning) = (true, static _ => ReturnAction.Discard);
        leases.ForEach(static lease => lease.Dispose());
        await Eventually.Is(() => pool.Snapshot().Total == 0);
        var before = _server.Attempts;
        var refused = 0;
        for (var step = 0; step < 3_000; step++) // 100 ms each, with a caller in each
        {
            var calling = pool.AcquireAsync(Token).AsTask();
            await _time.AdvanceUntilAsync(Task.CompletedTask, TimeSpan.Zero);
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Eventually.Is(() => pool.Snapshot().Creating == 0);
            if (calling.IsFaulted)
            {
                refused++;
                Assert.IsType<IOException>(((ConnectionPoolExhaustedException)calling.Exception!.InnerException!).InnerException);
            }
        }

        var attempts = _server.Attempts - before;
        Assert.InRange(attempts, 300, 900); // one at a time, each 0.4 to 0.8 s: often enough to notice, too rarely to hurt
        Assert.InRange(refused, 2_900, 3_000);
        Assert.InRange(_server.MostConnecting, 1, 2);

        (_server.IsAway, _server.Returning) = (false, null);
        before = _server.Attempts;
        var back = _time.GetUtcNow();
        PooledLease<FakeConnection>? lease = null;
        while (lease is null)
        {
            try
            {
                var calling = pool.AcquireAsync(Token).AsTask();
                await _time.AdvanceUntilAsync(calling, TimeSpan.FromMilliseconds(10));
                lease = await calling;
            }
            catch (ConnectionPoolExhaustedException)
            {
                _time.Advance(TimeSpan.FromMilliseconds(10));
                await Eventually.Is(() => pool.Snapshot().Creating == 0);
            }
        }

        Assert.True(_time.GetUtcNow() - back < TimeSpan.FromSeconds(1));
        Assert.InRange(_server.Attempts - before, 1, 2);
        Assert.False(pool.Snapshot().IsServerAway);
        lease.Value.Dispose();
    }

    [Fact]
    public async Task Pitfall_a_failed_create_loses_no_wake_up_and_the_line_is_served_when_the_next_one_succeeds()
    {
        var pool = Pool(new() { MaxSize = 1, AcquireTimeout = _forEver });
        _server.IsAway = true;
        var waiting = pool.AcquireAsync(Token).AsTask();
        await Eventually.Is(() => pool.Snapshot().ConnectFailures == 1);
        Assert.False(waiting.IsCompleted); // one failure may be chance

        _server.IsAway = false;
        await _time.AdvanceUntilAsync(waiting, TimeSpan.FromMilliseconds(5));

        Assert.Equal(1, (await waiting).Connection.Number);
        Assert.Equal(2, _server.Attempts);
    }

    [Fact]
    public async Task Pitfall_no_lost_wake_up_when_room_comes_from_a_close()
    {
        var closing = new TaskCompletionSource();
        var pool = Pool(new() { MaxSize = 1 });
        _server.Destroying = _ => new(closing.Task);
        var lease = await pool.AcquireAsync(Token);
        var waiting = pool.AcquireAsync(Token).AsTask();

        lease.Invalidate();
        lease.Dispose();
        Assert.Equal((1, 1, 0, 1), (pool.Snapshot().Total, pool.Snapshot().Closing, pool.Snapshot().Creating, pool.Snapshot().Waiting));
        closing.SetResult(); // only now is there room on the server

        Assert.Equal(2, (await waiting).Connection.Number);
    }

    [Fact]
    public async Task Everybody_waiting_is_refused_at_once_when_the_second_attempt_fails_and_newcomers_without_waiting()
    {
        var pool = Pool(new() { MaxSize = 4, AcquireTimeout = _forEver });
        _server.IsAway = true;
        var waiting = Enumerable.Range(0, 5).Select(_ => pool.AcquireAsync(Token).AsTask()).ToList();

        var all = Task.WhenAll(waiting);
        while (!all.IsCompleted)
        {
            await Eventually.Is(() => pool.Snapshot().Creating == 0 || all.IsCompleted); // time stands still while an attempt is made
            _time.Advance(TimeSpan.FromMilliseconds(5));
        }

        foreach (var waiter in waiting)
        {
            var refusal = await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiter);
            Assert.Equal(PoolRefusalReason.ServerAway, refusal.Reason);
            Assert.True(refusal.Waited < TimeSpan.FromSeconds(1));
        }

        var newcomer = await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => pool.AcquireAsync(Token).AsTask());
        Assert.Equal((PoolRefusalReason.ServerAway, TimeSpan.Zero, true), (newcomer.Reason, newcomer.Waited, pool.Snapshot().IsServerAway));
        Assert.Equal("connection refused", newcomer.InnerException!.Message);
    }

    [Fact]
    public async Task A_server_that_refuses_some_of_several_attempts_is_not_away()
    {
        var pool = Pool(new() { MaxSize = 4, ConnectConcurrency = 3 });
        (_server.HoldsConnects, _server.IsAway) = (true, true);
        var waiting = Enumerable.Range(0, 3).Select(_ => pool.AcquireAsync(Token).AsTask()).ToList();
        await Eventually.Is(() => _server.Connecting == 3);
        await _server.LetOneIn();
        await _server.LetOneIn();
        await Eventually.Is(() => pool.Snapshot().ConnectFailures == 2);

        Assert.Equal((false, 3), (pool.Snapshot().IsServerAway, pool.Snapshot().Waiting));
        (_server.HoldsConnects, _server.IsAway) = (false, false);
        await _server.LetOneIn();

        foreach (var waiter in waiting)
        {
            (await waiter).Dispose(); // the one connection serves them all
        }
    }

    [Fact]
    public async Task A_server_that_is_away_is_asked_no_more_once_nobody_wants_it_and_the_next_caller_waits_for_his_answer()
    {
        var pool = Pool(new() { MaxSize = 4, AcquireTimeout = _forEver });
        _server.IsAway = true;
        var first = pool.AcquireAsync(Token).AsTask();
        await _time.AdvanceUntilAsync(first, TimeSpan.FromMilliseconds(5));
        await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => first);

        await AdvanceAsync(pool, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1));
        await Eventually.Is(() => pool.Snapshot().Creating == 0);
        _time.Advance(TimeSpan.FromSeconds(1)); // beyond the pause after the last attempt
        Assert.InRange(_server.Attempts, 2, 3);
        _server.IsAway = false;

        (await pool.AcquireAsync(Token)).Dispose();
    }

    [Fact]
    public async Task Callers_keep_waiting_for_connections_that_are_out_while_connecting_fails()
    {
        var pool = Pool(new() { MaxSize = 4, AcquireTimeout = TimeSpan.FromMinutes(1) });
        var holder = await pool.AcquireAsync(Token);
        _server.IsAway = true;
        var waiting = pool.AcquireAsync(Token).AsTask();
        await AdvanceAsync(pool, TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100));
        Assert.True(pool.Snapshot().ConnectFailures > 3);

        holder.Dispose();

        Assert.Equal(1, (await waiting).Connection.Number);
    }

    [Fact]
    public async Task A_connect_that_hangs_is_given_up_and_what_comes_of_it_too_late_is_closed()
    {
        var pool = Pool(new() { MaxSize = 1, AcquireTimeout = TimeSpan.FromMinutes(1), ConnectTimeout = TimeSpan.FromSeconds(1) });
        var late = new TaskCompletionSource<FakeConnection>();
        var stubborn = new StubbornFactory(late.Task);
        await using var other = new ConnectionPool<FakeConnection>("stubborn", stubborn, new() { MaxSize = 1, AcquireTimeout = _forEver, ConnectTimeout = TimeSpan.FromSeconds(1) }, _time);
        var waiting = other.AcquireAsync(Token).AsTask();
        await _time.AdvanceUntilAsync(waiting, TimeSpan.FromMilliseconds(50));
        var refusal = await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiting);
        Assert.Contains("took longer than 1000 ms", refusal.InnerException!.Message, StringComparison.Ordinal);

        var connection = new FakeConnection(_server, 1);
        late.SetResult(connection);

        await Eventually.Is(() => connection.IsDestroyed);
        Assert.NotNull(pool);
    }

    [Fact]
    public async Task Connections_that_died_idle_are_found_before_they_are_lent_and_all_together()
    {
        _server.CanBeValidated = true;
        var pool = Pool(new() { MaxSize = 4, MinIdle = 4 });
        await Eventually.Is(() => pool.Snapshot().Idle == 4);
        for (var number = 0; number < 4; number++)
        {
            using var lease = await pool.AcquireAsync(Token); // within the bypass window: no question asked
        }

        Assert.Equal(0, _server.Validations);
        _server.Validating = static (connection, _) => new(connection.Number > 4); // the server was restarted
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True((await pool.AcquireAsync(Token)).Connection.Number > 4);
        await Eventually.Is(() => _server is { Validations: 4, Destroyed: 4 });
    }

    [Fact]
    public async Task Where_one_comes_back_dead_the_idle_ones_are_asked_before_they_are_lent_however_fresh()
    {
        _server.CanBeValidated = true;
        var pool = Pool(new() { MaxSize = 3 });
        var (broken, one, other) = (await pool.AcquireAsync(Token), await pool.AcquireAsync(Token), await pool.AcquireAsync(Token));
        one.Dispose();
        other.Dispose();
        _server.Validating = static (connection, _) => new(connection.Number > 3); // the server was restarted
        broken.Connection.IsBroken = true;

        broken.Dispose();
        using var next = await pool.AcquireAsync(Token);

        Assert.True(next.Connection.Number > 3);
        await Eventually.Is(() => _server.Validations == 2);
    }

    [Fact]
    public async Task Pitfall_a_check_that_hangs_has_its_own_timeout_and_holds_up_nobody_who_can_be_served()
    {
        _server.CanBeValidated = true;
        var pool = Pool(new() { MaxSize = 2, AcquireTimeout = TimeSpan.FromHours(1) });
        (await pool.AcquireAsync(Token)).Dispose();
        _server.Validating = static async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return true;
        };
        _time.Advance(TimeSpan.FromSeconds(1));

        var (first, second) = (pool.AcquireAsync(Token).AsTask(), pool.AcquireAsync(Token).AsTask());
        Assert.Equal(2, (await first).Connection.Number); // two wait for the one that is asked: another is made, and the first gets it
        await _time.AdvanceUntilAsync(second, TimeSpan.FromMilliseconds(50));

        Assert.Equal(3, (await second).Connection.Number);
    }

    [Fact]
    public async Task Pitfall_wall_clock_jump_neither_ends_nor_spares_a_connection()
    {
        var time = new JumpingTime();
        await using var pool = new ConnectionPool<FakeConnection>("jump", _server, new() { MaxSize = 1, MaxLifetime = TimeSpan.FromMinutes(10), DrainTimeout = TimeSpan.Zero }, time);
        (await pool.AcquireAsync(Token)).Dispose();

        time.Jump = TimeSpan.FromDays(1);
        time.Advance(TimeSpan.FromSeconds(20));
        using (var lease = await pool.AcquireAsync(Token))
        {
            Assert.Equal(1, lease.Connection.Number);
        }

        time.Jump = TimeSpan.FromDays(-1);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(2, (await pool.AcquireAsync(Token)).Connection.Number);
    }

    [Fact]
    public async Task A_connection_that_must_always_be_checked_is_checked_once_for_each_loan_and_lent()
    {
        _server.CanBeValidated = true;
        var pool = Pool(new() { MaxSize = 1, ValidationBypass = TimeSpan.Zero });

        for (var loan = 0; loan < 3; loan++)
        {
            (await pool.AcquireAsync(Token)).Dispose();
        }

        Assert.Equal((1, 2), (_server.Made, _server.Validations)); // the first loan is of one that was just made
    }

    private static Task TurnAsync() => Task.Run(static () => { });

    private async Task AdvanceAsync(ConnectionPool<FakeConnection> pool, TimeSpan time, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            _time.Advance(step);
            await TurnAsync();
            await Eventually.Is(() => pool.Snapshot() is { Creating: 0, Closing: 0 });
        }
    }

    private ConnectionPool<FakeConnection> Pool(ConnectionPoolOptions options)
    {
        (options.QueueTarget, options.DrainTimeout) = (TimeSpan.Zero, TimeSpan.Zero);
        return _pool = new("orders", _server, options, _time);
    }

    // Somebody sets the wall clock; the monotonic one goes on as it did.
    private sealed class JumpingTime : TimeProvider
    {
        private readonly FakeTimeProvider _monotonic = new();

        public TimeSpan Jump { get; set; }

        public override long TimestampFrequency => _monotonic.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _monotonic.GetUtcNow() + Jump;

        public override long GetTimestamp() => _monotonic.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _monotonic.CreateTimer(callback, state, dueTime, period);

        public void Advance(TimeSpan by) => _monotonic.Advance(by);
    }

    // Heeds no token.
    private sealed class StubbornFactory(Task<FakeConnection> made) : ConnectionFactory<FakeConnection>
    {
        public override ValueTask<FakeConnection> CreateAsync(CancellationToken cancellationToken) => new(made);

        public override ValueTask DestroyAsync(FakeConnection connection)
        {
            connection.IsDestroyed = true;
            return default;
        }
    }
}
