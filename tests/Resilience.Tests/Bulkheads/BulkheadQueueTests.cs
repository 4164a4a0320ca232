using System.Threading.RateLimiting;
using Microsoft.Extensions.Time.Testing;
using Resilience.Bulkheads;
using Resilience.Deadlines;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class BulkheadQueueTests
{
    private readonly CountingTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BulkheadQueueOrder.Fifo, "a b c d")]
    [InlineData(BulkheadQueueOrder.Lifo, "d c b a")]
    [InlineData(BulkheadQueueOrder.Priority, "b d a c")]
    public async Task Those_who_wait_are_served_in_the_queues_order(BulkheadQueueOrder order, string expected)
    {
        using var bulkhead = Full(order, maxQueue: 4, out var permit);
        var waiting = new Dictionary<string, Task<Permit>>
        {
            ["a"] = bulkhead.AcquireAsync(priority: 1, Token).AsTask(),
            ["b"] = bulkhead.AcquireAsync(priority: 7, Token).AsTask(),
            ["c"] = bulkhead.AcquireAsync(priority: 0, Token).AsTask(),
            ["d"] = bulkhead.AcquireAsync(priority: 7, Token).AsTask(),
        };

        var served = new List<string>();
        while (waiting.Count > 0)
        {
            permit.Dispose();
            permit = await await Task.WhenAny(waiting.Values);
            served.Add(waiting.Single(static one => one.Value.IsCompleted).Key); // and nobody else
            waiting.Remove(served[^1]);
        }

        Assert.Equal(expected, string.Join(' ', served));
    }

    [Fact]
    public async Task A_newcomer_of_higher_priority_pushes_the_newest_of_the_lowest_out_of_a_full_queue()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Priority, maxQueue: 3, out _);
        var high = bulkhead.AcquireAsync(priority: 5, Token).AsTask();
        var low = bulkhead.AcquireAsync(priority: 1, Token).AsTask();
        var newest = bulkhead.AcquireAsync(priority: 1, Token).AsTask();

        var newcomer = bulkhead.AcquireAsync(priority: 4, Token).AsTask();
        var equal = bulkhead.AcquireAsync(priority: 1, Token).AsTask();

        Assert.Equal(BulkheadRejectionReason.QueueFull, (await Assert.ThrowsAsync<BulkheadRejectedException>(() => newest)).Reason);
        await Assert.ThrowsAsync<BulkheadRejectedException>(() => equal);
        Assert.All([high, low, newcomer], static task => Assert.False(task.IsCompleted));
    }

    [Fact]
    public async Task A_newcomer_pushes_the_oldest_out_of_a_full_queue_that_serves_the_newest()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Lifo, maxQueue: 1, out _);
        var oldest = bulkhead.AcquireAsync(Token).AsTask();

        var newest = bulkhead.AcquireAsync(Token).AsTask();

        await Assert.ThrowsAsync<BulkheadRejectedException>(() => oldest);
        Assert.False(newest.IsCompleted);
    }

    [Fact]
    public async Task P16_a_permit_is_handed_to_who_waits_before_a_newcomer_as_by_the_BCLs_limiter()
    {
        using var limiter = new ConcurrencyLimiter(new() { PermitLimit = 1, QueueLimit = 1 });
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 1, out var permit);
        var lease = limiter.AttemptAcquire();
        var (theirs, ours) = (limiter.AcquireAsync(1, Token), bulkhead.AcquireAsync(Token));

        lease.Dispose();
        permit.Dispose();

        Assert.False(limiter.AttemptAcquire().IsAcquired);
        Assert.False(bulkhead.TryAcquire(out _));
        Assert.True((await theirs).IsAcquired);
        (await ours).Release();
    }

    [Fact]
    public async Task Pitfall_starvation_is_bounded_in_a_fifo_queue_one_with_so_many_before_him_is_served_right_after_them()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 100, out var permit);
        var before = Enumerable.Range(0, 20).Select(_ => bulkhead.AcquireAsync(Token).AsTask()).ToList();
        var waiting = bulkhead.AcquireAsync(Token).AsTask();

        foreach (var one in before)
        {
            permit.Dispose();
            Assert.False(bulkhead.TryAcquire(out _)); // a newcomer at each turn
            _ = bulkhead.AcquireAsync(Token).AsTask();
            permit = await one;
            Assert.False(waiting.IsCompleted);
        }

        permit.Dispose();
        await waiting;
    }

    [Fact]
    public async Task Who_has_waited_as_long_as_he_may_is_refused()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 2, out _);
        var first = bulkhead.AcquireAsync(Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(600));
        var second = bulkhead.AcquireAsync(Token).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(400));

        var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(() => first);
        Assert.Equal((BulkheadRejectionReason.QueueTimeout, TimeSpan.FromSeconds(1)), (refusal.Reason, refusal.Waited));
        Assert.Equal(
            "The call was not let in by bulkhead 'inventory', which runs 1 at a time: it waited 1000 ms, which is as long as it may. Shed the work, or raise MaxQueueTime.",
            refusal.Message);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(600));
        await Assert.ThrowsAsync<BulkheadRejectedException>(() => second);
        Assert.Equal((2L, 0, 1), (bulkhead.Snapshot().RejectedQueueTimeout, bulkhead.Snapshot().Queued, bulkhead.Snapshot().InUse));
    }

    [Fact]
    public async Task Pitfall_a_waiter_that_timed_out_leaves_no_permit_behind_and_the_next_gets_it()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 2, out var permit);
        var late = bulkhead.AcquireAsync(Token).AsTask();
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<BulkheadRejectedException>(() => late);

        permit.Dispose();

        Assert.True(bulkhead.TryAcquire(out _));
    }

    [Fact]
    public async Task Who_is_cancelled_leaves_the_queue_at_once()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 1, out var permit);
        using var cancellation = new CancellationTokenSource();
        var cancelled = bulkhead.AcquireAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        var next = bulkhead.AcquireAsync(Token); // the place is free
        permit.Dispose();
        (await next).Dispose();
        Assert.Equal((0, 1L), (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Cancelled));
    }

    [Fact]
    public async Task Pitfall_zero_queue_makes_no_timer_and_a_queue_makes_one()
    {
        using var without = Full(BulkheadQueueOrder.Fifo, maxQueue: 0, out _);
        await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await without.AcquireAsync(Token));
        Assert.Equal(0, _time.Timers);

        using var with = Full(BulkheadQueueOrder.Fifo, maxQueue: 2, out var permit);
        var waiting = (with.AcquireAsync(Token), with.AcquireAsync(Token));
        Assert.Equal(1, _time.Timers);

        permit.Dispose();
        (await waiting.Item1).Dispose();
        (await waiting.Item2).Dispose();
    }

    [Fact]
    public async Task Whose_deadline_is_over_before_his_turn_is_refused_at_the_door()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 10, out var permit);
        await ServeOneEvery(TimeSpan.FromMilliseconds(100), 8);
        var ahead = (bulkhead.AcquireAsync(Token).AsTask(), bulkhead.AcquireAsync(Token).AsTask());

        using (Deadline.Begin(TimeSpan.FromMilliseconds(150), _time)) // two are before him, at 100 ms each
        {
            var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await bulkhead.AcquireAsync(Token));
            Assert.Equal(BulkheadRejectionReason.DeadlineTooClose, refusal.Reason);
        }

        using (Deadline.Begin(TimeSpan.FromMilliseconds(250), _time))
        {
            Assert.False(bulkhead.AcquireAsync(Token).IsCompleted);
        }

        Assert.False(ahead.Item1.IsCompleted || ahead.Item2.IsCompleted);

        async Task ServeOneEvery(TimeSpan interval, int times)
        {
            for (var time = 0; time < times; time++)
            {
                var next = bulkhead.AcquireAsync(Token);
                _time.Advance(interval);
                permit.Dispose();
                permit = await next;
            }
        }
    }

    [Fact]
    public async Task Whose_deadline_passes_in_the_queue_is_passed_over_and_never_served()
    {
        using var bulkhead = Full(BulkheadQueueOrder.Fifo, maxQueue: 10, out var permit);
        Task<Permit> late;
        using (Deadline.Begin(TimeSpan.FromMilliseconds(100), _time))
        {
            late = bulkhead.AcquireAsync(Token).AsTask();
        }

        var patient = bulkhead.AcquireAsync(Token).AsTask();
        _time.HoldTimers = true; // the permit comes free before the timer has had its turn
        _time.Advance(TimeSpan.FromMilliseconds(100));
        permit.Dispose();

        var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(() => late);
        Assert.Equal(BulkheadRejectionReason.DeadlineTooClose, refusal.Reason);
        (await patient).Dispose();
        Assert.Equal((1L, 0), (bulkhead.Snapshot().RejectedDeadline, bulkhead.Snapshot().InUse));
    }

    [Fact]
    public async Task A_deadline_that_leaves_less_than_a_call_takes_is_too_close()
    {
        using var bulkhead = new Bulkhead(
            "inventory", new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 2, ExpectedServiceTime = TimeSpan.FromMilliseconds(50) }, _time);
        Assert.True(bulkhead.TryAcquire(out _));

        using (Deadline.Begin(TimeSpan.FromMilliseconds(50), _time))
        {
            await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await bulkhead.AcquireAsync(Token));
        }

        using (Deadline.Begin(TimeSpan.FromMilliseconds(80), _time))
        {
            var waiting = bulkhead.AcquireAsync(Token).AsTask();
            _time.Advance(TimeSpan.FromMilliseconds(30));
            var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(() => waiting);
            Assert.Equal((BulkheadRejectionReason.DeadlineTooClose, TimeSpan.FromMilliseconds(30)), (refusal.Reason, refusal.Waited));
        }
    }

    private Bulkhead Full(BulkheadQueueOrder order, int maxQueue, out Permit permit)
    {
        var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1, MaxQueue = maxQueue, QueueOrder = order }, _time);
        Assert.True(bulkhead.TryAcquire(out permit));
        return bulkhead;
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        public int Timers { get; private set; }

        public bool HoldTimers { get; set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return base.CreateTimer(state => (HoldTimers ? static _ => { } : callback)(state), state, dueTime, period);
        }
    }
}
