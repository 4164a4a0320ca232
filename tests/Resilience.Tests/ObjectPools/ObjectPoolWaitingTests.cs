using Microsoft.Extensions.Time.Testing;
using Resilience.Deadlines;
using Resilience.ObjectPools;
using Xunit;

namespace Resilience.Tests.ObjectPools;

public sealed class ObjectPoolWaitingTests
{
    private readonly ScriptedPolicy _policy = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_has_waited_longest_gets_what_comes_back_and_nobody_barges_past_him()
    {
        using var pool = Make();
        var lease = await pool.RentAsync(Token);
        var (first, second) = (pool.RentAsync(Token).AsTask(), pool.RentAsync(Token).AsTask());
        Assert.Equal(2, pool.Snapshot().Waiting);

        lease.Dispose();
        Assert.Throws<ObjectPoolExhaustedException>(pool.Get);
        using var served = await first;
        Assert.False(second.IsCompleted);

        served.Dispose();
        (await second).Dispose();
        Assert.Equal((0, 1, 0), (pool.Snapshot().Waiting, pool.Snapshot().Idle, pool.Snapshot().InUse));
    }

    [Fact]
    public async Task Who_waits_gets_the_place_of_an_object_that_was_thrown_away()
    {
        using var pool = Make();
        var lease = pool.Rent(out var broken);
        var waiting = pool.RentAsync(Token);

        lease.Discard();

        using var served = await waiting;
        Assert.NotSame(broken, served.Value);
    }

    [Fact]
    public async Task Waiting_ends_after_the_longest_wait()
    {
        using var pool = Make(TimeSpan.FromMilliseconds(200));
        pool.Get();
        var waiting = pool.RentAsync(Token).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(200));

        var refusal = await Assert.ThrowsAsync<ObjectPoolExhaustedException>(() => waiting);
        Assert.Equal(
            "No object was to be had from pool 'test': 1 of 1 are in use, and it waited 200 ms, which is as long as it may. Return objects sooner, or raise MaxWait.",
            refusal.Message);
        Assert.Equal((0, 1L), (pool.Snapshot().Waiting, pool.Snapshot().Refused));
    }

    [Fact]
    public async Task Waiting_ends_at_the_deadline()
    {
        using var pool = Make(TimeSpan.FromSeconds(1));
        pool.Get();
        using var scope = Deadline.Begin(TimeSpan.FromMilliseconds(100), _time);
        var waiting = pool.RentAsync(Token).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(ObjectPoolExhaustion.Deadline, (await Assert.ThrowsAsync<ObjectPoolExhaustedException>(() => waiting)).Reason);
    }

    [Fact]
    public async Task No_more_wait_than_may()
    {
        using var pool = new TrackedObjectPool<Pooled>("test", _policy, new() { MaxSize = 1, IsBounded = true, MaxWaiters = 1 }, _time);
        var lease = pool.Rent();
        var waiting = pool.RentAsync(Token);

        var refusal = await Assert.ThrowsAsync<ObjectPoolExhaustedException>(async () => await pool.RentAsync(Token));

        Assert.Equal((ObjectPoolExhaustion.TooManyWaiters, 1), (refusal.Reason, refusal.Waiting));
        lease.Dispose();
        (await waiting).Dispose();
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_queue_to_the_next()
    {
        using var pool = Make();
        using var cancellation = new CancellationTokenSource();
        var lease = pool.Rent();
        var (first, second) = (pool.RentAsync(cancellation.Token).AsTask(), pool.RentAsync(Token));

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        lease.Dispose();

        using var served = await second;
        Assert.Equal(1, pool.Snapshot().InUse);
    }

    [Fact]
    public async Task Pitfall_a_failed_creation_wakes_the_next_waiter()
    {
        using var pool = Make();
        var lease = pool.Rent();
        var (first, second) = (pool.RentAsync(Token).AsTask(), pool.RentAsync(Token));
        var failures = 1;
        _policy.OnCreate = () => failures-- > 0 ? throw new NotSupportedException() : new();

        lease.Discard();

        await Assert.ThrowsAsync<NotSupportedException>(() => first);
        (await second).Dispose();
        Assert.Equal((0, 1), (pool.Snapshot().InUse, pool.Snapshot().Idle));
    }

    [Fact]
    public async Task Pitfall_dispose_fails_who_waits_at_once()
    {
        var pool = Make();
        var lease = pool.Rent(out var item);
        var waiting = pool.RentAsync(Token).AsTask();

        pool.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        lease.Dispose();
        Assert.Equal(1, item.Disposals);
    }

    private TrackedObjectPool<Pooled> Make(TimeSpan? wait = null) =>
        new("test", _policy, new() { MaxSize = 1, IsBounded = true, MaxWait = wait ?? TimeSpan.FromDays(1) }, _time);
}
