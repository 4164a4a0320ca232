using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Resilience.Bulkheads;
using Resilience.Deadlines;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class ThreadBulkheadTests : IAsyncDisposable
{
    private static readonly AsyncLocal<string?> _ambient = new();
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _release = new();
    private readonly ThreadBulkhead _bulkhead = new("legacy", new ThreadBulkheadOptions { Threads = 1, QueueCapacity = 2 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _release.Set();
        await _bulkhead.DisposeAsync();
        _release.Dispose();
    }

    [Fact]
    public async Task Work_runs_on_a_named_thread_of_the_bulkhead()
    {
        var (name, isPool) = await _bulkhead.ExecuteAsync(static _ => (Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread), Token);

        Assert.Equal(("legacy #1", false), (name, isPool));
    }

    [Fact]
    public async Task Pitfall_continuations_never_run_on_the_bulkheads_threads()
    {
        Assert.True(await ContinueAsync());

        async Task<bool> ContinueAsync()
        {
            for (var call = 0; call < 100; call++)
            {
                var worker = await _bulkhead.ExecuteAsync(static _ => Environment.CurrentManagedThreadId, Token).ConfigureAwait(false);
                if (Environment.CurrentManagedThreadId == worker)
                {
                    return false;
                }
            }

            return true;
        }
    }

    [Fact]
    public async Task Pitfall_the_execution_context_and_the_culture_are_the_callers_and_what_work_changes_is_gone_with_it()
    {
        _ambient.Value = "caller";
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        german.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = german;

        var seen = await _bulkhead.ExecuteAsync(
            static _ =>
            {
                var seen = (_ambient.Value, 1.5.ToString(CultureInfo.CurrentCulture));
                (_ambient.Value, CultureInfo.CurrentCulture) = ("work", CultureInfo.InvariantCulture);
                SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
                return seen;
            },
            Token);
        _ambient.Value = null;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        ValueTask<(string?, CultureInfo, SynchronizationContext?)> after;
        using (ExecutionContext.SuppressFlow())
        {
            after = _bulkhead.ExecuteAsync(static _ => (_ambient.Value, CultureInfo.CurrentCulture, SynchronizationContext.Current), CancellationToken.None);
        }

        Assert.Equal(("caller", "1,5"), seen);
        var (ambient, culture, synchronization) = await after;
        Assert.Equal((null, CultureInfo.InvariantCulture, null), (ambient, culture, synchronization));
    }

    [Fact]
    public async Task Pitfall_a_thread_survives_work_that_throws()
    {
        var before = await _bulkhead.ExecuteAsync(static _ => Environment.CurrentManagedThreadId, Token);

        await Assert.ThrowsAsync<NotSupportedException>(async () => await _bulkhead.ExecuteAsync<int>(static int (_) => throw new NotSupportedException(), Token));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await _bulkhead.ExecuteAsync<int>(static ValueTask<int> (_) => throw new NotSupportedException(), Token));

        Assert.Equal(before, await _bulkhead.ExecuteAsync(static _ => Environment.CurrentManagedThreadId, Token));
    }

    [Fact]
    public async Task Pitfall_work_cancelled_before_it_starts_never_runs_and_frees_its_place()
    {
        var blocking = await BlockAsync();
        using var cancellation = new CancellationTokenSource();
        var ran = false;
        var cancelled = _bulkhead.ExecuteAsync(_ => ran = true, cancellation.Token).AsTask();
        var kept = _bulkhead.ExecuteAsync(static _ => 1, Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled); // at once, although the thread still blocks
        var another = _bulkhead.ExecuteAsync(static _ => 2, Token).AsTask();
        _release.Set();
        Assert.Equal((1, 1, 2), (await blocking, await kept, await another));
        Assert.False(ran);
        Assert.Equal(1, _bulkhead.Snapshot().Cancelled);
    }

    [Fact]
    public async Task Work_beyond_the_queue_is_refused_and_a_place_is_free_the_moment_its_work_is_over()
    {
        var blocking = await BlockAsync();
        var queued = (_bulkhead.ExecuteAsync(static _ => 1, Token).AsTask(), _bulkhead.ExecuteAsync(static _ => 1, Token).AsTask());

        var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await _bulkhead.ExecuteAsync(static _ => 1, Token));

        Assert.Equal((BulkheadRejectionReason.QueueFull, 1, 2), (refusal.Reason, refusal.Limit, refusal.Queued));
        Assert.Equal((1, 2, 3), (_bulkhead.Snapshot().Busy, _bulkhead.Snapshot().Queued, _bulkhead.Snapshot().Accepted));
        _release.Set();
        await Task.WhenAll(blocking, queued.Item1, queued.Item2);
        await using var tight = new ThreadBulkhead("tight", new ThreadBulkheadOptions { Threads = 1, QueueCapacity = 0 });
        for (var call = 0; call < 1_000; call++)
        {
            await tight.ExecuteAsync(static _ => 1, Token); // never refused: who is told finds room
        }
    }

    [Fact]
    public async Task Pitfall_the_queues_bound_is_exact_under_race()
    {
        const int Accepted = 1 + 2;
        _ = BlockAsync();
        var start = new Barrier(participantCount: 8);
        var submitters = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Token);
                return Enumerable.Range(0, 50).Count(_ => !_bulkhead.ExecuteAsync(static _ => 1, Token).IsFaulted);
            },
            Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));

        var accepted = (await Task.WhenAll(submitters)).Sum();

        Assert.Equal(Accepted - 1, accepted); // one place is the blocking work's
        Assert.Equal(Accepted, _bulkhead.Snapshot().Accepted);
        Assert.Equal(8 * 50 - accepted, _bulkhead.Snapshot().RejectedQueueFull);
    }

    [Fact]
    public async Task Pitfall_nested_submit_to_the_own_pool_that_could_never_finish_is_a_clear_exception()
    {
#pragma warning disable VSTHRD002, CA2012 // Blocking on it is the bug that is tested.
        var outer = _bulkhead.ExecuteAsync(_ => _bulkhead.ExecuteAsync(static _ => 1, CancellationToken.None).AsTask().GetAwaiter().GetResult(), Token).AsTask();
#pragma warning restore VSTHRD002, CA2012

        var bug = await Assert.ThrowsAsync<BulkheadDeadlockException>(() => outer.WaitAsync(_patience, Token));

        Assert.Equal(
            "Synchronous work on thread bulkhead 'legacy' handed it more work, and all of its 1 threads wait for such work already: none could ever do it. "
            + "Call the inner code directly, give it a bulkhead of its own, or make the outer work asynchronous.",
            bug.Message);
        Assert.Equal(1, await _bulkhead.ExecuteAsync(static _ => 1, Token));
    }

    [Fact]
    public async Task Nested_work_that_another_thread_can_do_is_done_and_the_last_thread_is_kept_from_blocking()
    {
        await using var two = new ThreadBulkhead("two", new ThreadBulkheadOptions { Threads = 2, QueueCapacity = 8 });
        int Nest(int depth) => depth == 0
            ? 1
#pragma warning disable VSTHRD002, CA2012 // Blocking on it is what is tested.
            : two.ExecuteAsync(_ => Nest(depth - 1), CancellationToken.None).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA2012

        Assert.Equal(1, await two.ExecuteAsync(_ => Nest(1), Token).AsTask().WaitAsync(_patience, Token));
        await Assert.ThrowsAsync<BulkheadDeadlockException>(() => two.ExecuteAsync(_ => Nest(2), Token).AsTask().WaitAsync(_patience, Token));
        Assert.Equal(1, await two.ExecuteAsync(_ => Nest(1), Token).AsTask().WaitAsync(_patience, Token));
    }

    [Fact]
    public async Task Asynchronous_work_may_hand_in_more_since_it_holds_no_thread_while_it_waits()
    {
        var result = await _bulkhead.ExecuteAsync(async token => await _bulkhead.ExecuteAsync(static _ => 7, token), Token);

        Assert.Equal(7, result);
        Assert.Equal(0, _bulkhead.Snapshot().Accepted);
    }

    [Fact]
    public async Task An_async_lambda_is_asynchronous_work_and_counts_as_accepted_until_it_is_over()
    {
        var gate = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<int> running = _bulkhead.ExecuteAsync(async _ => await gate.Task, Token);
        Assert.Equal("legacy #1", await _bulkhead.ExecuteAsync(static _ => Thread.CurrentThread.Name, Token)); // the thread is free

        Assert.Equal(1, _bulkhead.Snapshot().Accepted);
        gate.SetResult(3);

        Assert.Equal(3, await running);
        Assert.Equal(0, _bulkhead.Snapshot().Accepted);
    }

    [Fact]
    public async Task Shutting_down_drains_what_was_accepted_and_refuses_what_comes()
    {
        var blocking = await BlockAsync();
        var queued = _bulkhead.ExecuteAsync(static _ => 2, Token).AsTask();

        var shutdown = _bulkhead.ShutdownAsync(_patience).AsTask();
        var late = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await _bulkhead.ExecuteAsync(static _ => 1, Token));
        _release.Set();

        Assert.True(await shutdown);
        Assert.Equal((1, 2), (await blocking, await queued));
        Assert.Equal(BulkheadRejectionReason.ShuttingDown, late.Reason);
    }

    [Fact]
    public async Task Pitfall_shutdown_ends_within_its_bound_refuses_what_waits_and_interrupts_what_blocks()
    {
        var time = new FakeTimeProvider();
        var bulkhead = new ThreadBulkhead("stuck", new ThreadBulkheadOptions { Threads = 1 }, time);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stuck = bulkhead.ExecuteAsync(
            _ =>
            {
                began.SetResult();
                return _release.WaitHandle.WaitOne();
            },
            Token).AsTask();
        await began.Task;
        var queued = bulkhead.ExecuteAsync(static _ => 2, Token).AsTask();

        var shutdown = bulkhead.ShutdownAsync(TimeSpan.FromSeconds(5)).AsTask();
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.False(await shutdown);
        Assert.Equal(BulkheadRejectionReason.ShuttingDown, (await Assert.ThrowsAsync<BulkheadRejectedException>(() => queued)).Reason);
        await Assert.ThrowsAsync<ThreadInterruptedException>(() => stuck);
    }

    [Fact]
    public async Task Work_whose_deadline_passed_in_the_queue_never_runs()
    {
        var time = new FakeTimeProvider();
        await using var bulkhead = new ThreadBulkhead("late", new ThreadBulkheadOptions { Threads = 1 }, time);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocking = bulkhead.ExecuteAsync(
            _ =>
            {
                began.SetResult();
                _release.Wait(Token);
                return 1;
            },
            Token).AsTask();
        await began.Task;
        Task<int> late;
        using (Deadline.Begin(TimeSpan.FromMilliseconds(50), time))
        {
            late = bulkhead.ExecuteAsync(static _ => 2, Token).AsTask();
        }

        time.Advance(TimeSpan.FromMilliseconds(50));
        _release.Set();

        Assert.Equal(BulkheadRejectionReason.DeadlineTooClose, (await Assert.ThrowsAsync<BulkheadRejectedException>(() => late)).Reason);
        Assert.Equal(1, await blocking);
    }

    // Returns once the work runs; it ends with _release.
    private async Task<Task<int>> BlockAsync()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocking = _bulkhead.ExecuteAsync(
            _ =>
            {
                began.SetResult();
                _release.Wait(CancellationToken.None);
                return 1;
            },
            Token).AsTask();
        await began.Task;
        return blocking;
    }
}
