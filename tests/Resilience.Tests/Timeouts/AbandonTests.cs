using Microsoft.Extensions.Time.Testing;
using Polly;
using Resilience.Outcomes;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

public sealed class AbandonTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _enough = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();
    private readonly TaskCompletionSource<Answer> _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_caller_goes_on_after_the_grace_period_and_is_told_what_still_runs()
    {
        var timeout = Abandoning();

        var thrown = await AbandonedAsync(timeout);

        Assert.Equal((true, false), (thrown.IsAbandoned, thrown.WorkLeft.IsCompleted));
        Assert.EndsWith("It was abandoned and still runs; what it did is unknown.", thrown.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (timeout.Snapshot().Abandoned, timeout.Snapshot().Orphans));
        _work.SetResult(new());
        await thrown.WorkLeft.WaitAsync(_enough, Token);
        Assert.Equal(0, timeout.Snapshot().Orphans);
    }

    [Fact]
    public async Task Within_the_grace_period_a_call_that_heeds_its_token_still_ends_by_itself()
    {
        var timeout = Abandoning(grace: TimeSpan.FromMinutes(1));
        var running = timeout.ExecuteAsync(
            static async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
            Token).AsTask();

        _clock.Advance(_limit * 1.2);

        var thrown = await Assert.ThrowsAsync<OperationTimeoutException>(() => running.WaitAsync(_enough, Token));
        Assert.Equal((false, 0L), (thrown.IsAbandoned, timeout.Snapshot().Abandoned));
        Assert.Contains("It has ended", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_orphans_result_is_disposed_exactly_once()
    {
        var thrown = await AbandonedAsync(Abandoning());
        var answer = new Answer();

        _work.SetResult(answer);
        await thrown.WorkLeft.WaitAsync(_enough, Token);

        Assert.Equal(1, answer.Disposals);
    }

    [Fact]
    public async Task Late_faulted_tasks_exception_is_observed()
    {
        var unobserved = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs e) => Interlocked.Add(ref unobserved, e.Exception.InnerException is TimeZoneNotFoundException ? 1 : 0);
        TaskScheduler.UnobservedTaskException += Count;

        await AbandonAndFailAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        TaskScheduler.UnobservedTaskException -= Count;
        Assert.Equal(0, unobserved);
    }

    [Fact]
    public async Task The_orphan_cap_is_enforced_and_lifted_when_an_orphan_ends()
    {
        var timeout = new OperationTimeout("db", new() { Timeout = _limit, Mode = TimeoutMode.Abandon, GracePeriod = TimeSpan.Zero, MaxOrphans = 1 }, _clock);
        var thrown = await AbandonedAsync(timeout);

        var refused = await Assert.ThrowsAsync<OrphanLimitException>(async () => await timeout.ExecuteAsync(static _ => new ValueTask<int>(1), Token));
        Assert.Equal("db was not called: 1 earlier calls were abandoned and still run. Find out what they hang on, or raise MaxOrphans.", refused.Message);
        Assert.Equal(1, timeout.Snapshot().Refused);

        _work.SetResult(new());
        await thrown.WorkLeft.WaitAsync(_enough, Token);
        Assert.Equal(1, await timeout.ExecuteAsync(static _ => new ValueTask<int>(1), Token));
    }

    [Fact]
    public async Task Permit_of_an_outer_bulkhead_is_held_until_the_orphan_ends()
    {
        var permits = new SemaphoreSlim(1);
        var timeout = Abandoning();
        await permits.WaitAsync(Token);

        // What an outer pattern does with the ending: it asks for the work left, and gives its permit back after that.
        var outcome = await AbandonedAsync(timeout);
        var released = outcome is ILeavesWorkRunning { WorkLeft: var left } ? left.ContinueWith(_ => permits.Release(), TaskScheduler.Default) : Task.CompletedTask;

        Assert.Equal(0, permits.CurrentCount);
        _work.SetResult(new());
        await released.WaitAsync(_enough, Token);
        Assert.Equal(1, permits.CurrentCount);
    }

    [Fact]
    public async Task An_orphan_never_touches_the_context_of_the_next_call()
    {
        var key = new ResiliencePropertyKey<string>("caller");
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }
            .AddOperationTimeout(new OperationTimeoutStrategyOptions { Timeout = _limit, Mode = TimeoutMode.Abandon, GracePeriod = TimeSpan.Zero })
            .Build();
        var context = ResilienceContextPool.Shared.Get("op", Token);
        context.Properties.Set(key, "first");
        ResilienceContext? orphans = null;
        var running = pipeline.ExecuteOutcomeAsync(
            async (own, work) =>
            {
                orphans = own;
                await work.Task;
                own.Properties.Set(key, "orphan");
                return Outcome.FromResult(0);
            },
            context,
            _work).AsTask();

        _clock.Advance(_limit * 2);
        await SettleAsync(running);
        var exception = Assert.IsType<OperationTimeoutException>((await running).Exception);

        Assert.NotSame(context, orphans);
        Assert.Equal(("op", "first"), (orphans!.OperationKey, orphans.Properties.GetValue(key, "")));
        _work.SetResult(new());
        await exception.WorkLeft.WaitAsync(_enough, Token);
        Assert.Equal("first", context.Properties.GetValue(key, ""));
    }

    [Fact]
    public async Task What_a_call_that_ended_in_time_put_into_its_properties_is_its_callers()
    {
        var key = new ResiliencePropertyKey<string>("answer");
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }
            .AddOperationTimeout(new OperationTimeoutStrategyOptions { Timeout = _limit, Mode = TimeoutMode.Abandon })
            .Build();
        var context = ResilienceContextPool.Shared.Get(Token);

        await pipeline.ExecuteAsync(
            async own =>
            {
                await Task.Yield();
                own.Properties.Set(key, "set inside");
            },
            context);

        Assert.Equal("set inside", context.Properties.GetValue(key, ""));
    }

    [Fact]
    public async Task Signal_calls_the_users_abort_and_what_the_call_throws_then_is_a_time_out()
    {
        var timeout = new OperationTimeout(
            "db",
            new()
            {
                Timeout = _limit,
                Mode = TimeoutMode.Signal,
                GracePeriod = TimeSpan.FromMinutes(1),
                Abort = _ =>
                {
                    _work.SetException(new ObjectDisposedException("socket"));
                    return default;
                },
            },
            _clock);
        var running = timeout.ExecuteAsync(_ => new ValueTask<Answer>(_work.Task), Token).AsTask();

        _clock.Advance(_limit * 1.2);

        var thrown = await Assert.ThrowsAsync<OperationTimeoutException>(() => running.WaitAsync(_enough, Token));
        Assert.IsType<ObjectDisposedException>(thrown.InnerException);
    }

    [Fact]
    public async Task Interrupt_reaches_the_thread_that_a_pattern_further_in_registered_and_no_later_call()
    {
        var interrupted = new TaskCompletionSource();
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }
            .AddOperationTimeout(new OperationTimeoutStrategyOptions { Timeout = _limit, Mode = TimeoutMode.Interrupt, GracePeriod = TimeSpan.FromMinutes(1) })
            .Build();
        var context = ResilienceContextPool.Shared.Get(Token);
        var running = pipeline.ExecuteOutcomeAsync(
            async (own, _) =>
            {
                Assert.True(own.Properties.TryGetValue(CallInterruption.Key, out var interruption));
                interruption.Register(() => interrupted.TrySetResult());
                await interrupted.Task;
                interruption.Register(null);
                return Outcome.FromException<int>(new ThreadInterruptedException());
            },
            context,
            0).AsTask();

        _clock.Advance(_limit * 1.2);

        Assert.IsType<ThreadInterruptedException>((await running.WaitAsync(_enough, Token)).Exception?.InnerException);
        Assert.True(!context.Properties.TryGetValue(CallInterruption.Key, out var left) || left is null);
    }

    [Fact]
    public void An_interruption_asked_for_before_the_thread_is_known_reaches_it_when_it_is()
    {
        var (interruption, interrupted) = (new CallInterruption(), 0);
        Assert.False(interruption.Interrupt());

        interruption.Register(() => ++interrupted > 0);

        Assert.Equal(1, interrupted);
    }

    [Fact]
    public async Task Cleanup_has_a_time_of_its_own_and_the_caller_does_not_wait_for_it()
    {
        var begun = new TaskCompletionSource<OperationTimeoutArguments>();
        var ended = new TaskCompletionSource<bool>();
        var timeout = new OperationTimeout(
            "db",
            new()
            {
                Timeout = _limit,
                CleanupTimeout = TimeSpan.FromSeconds(1),
                Cleanup = async arguments =>
                {
                    begun.SetResult(arguments);
                    await Task.Delay(Timeout.Infinite, arguments.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    ended.SetResult(arguments.CancellationToken.IsCancellationRequested);
                },
            },
            _clock);
        var running = timeout.ExecuteAsync(
            static async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
            Token).AsTask();
        _clock.Advance(_limit * 1.2);
        await Assert.ThrowsAsync<OperationTimeoutException>(() => running.WaitAsync(_enough, Token));
        var arguments = await begun.Task.WaitAsync(_enough, Token);
        Assert.Equal(("db", false), (arguments.OperationName, ended.Task.IsCompleted));

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await ended.Task.WaitAsync(_enough, Token));
    }

    [Fact]
    public async Task Handlers_that_throw_change_nothing()
    {
        var timeout = new OperationTimeout(
            "db",
            new()
            {
                Timeout = _limit,
                Mode = TimeoutMode.Signal,
                GracePeriod = TimeSpan.Zero,
                Abort = static _ => throw new InvalidOperationException(),
                Cleanup = static _ => throw new InvalidOperationException(),
            },
            _clock);

        var thrown = await AbandonedAsync(timeout);

        Assert.True(thrown.IsAbandoned);
    }

    private async Task AbandonAndFailAsync()
    {
        var work = new TaskCompletionSource<int>();
        var timeout = Abandoning();
        var running = timeout.ExecuteAsync(_ => new ValueTask<int>(work.Task), Token).AsTask();
        await SettleAsync(running);
        var thrown = await Assert.ThrowsAsync<OperationTimeoutException>(() => running);
        work.SetException(new TimeZoneNotFoundException());
        await thrown.WorkLeft.WaitAsync(_enough, Token);
    }

    private OperationTimeout Abandoning(TimeSpan grace = default) =>
        new("db", new() { Timeout = _limit, Mode = TimeoutMode.Abandon, GracePeriod = grace }, _clock);

    private async Task<OperationTimeoutException> AbandonedAsync(OperationTimeout timeout)
    {
        var running = timeout.ExecuteAsync(_ => new ValueTask<Answer>(_work.Task), Token).AsTask();
        await SettleAsync(running);
        return await Assert.ThrowsAsync<OperationTimeoutException>(() => running);
    }

    // The cancelling is done on another thread, which then arms the grace period.
    private Task SettleAsync(Task running) => _clock.AdvanceUntilAsync(running, _limit);

    private sealed class Answer : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
