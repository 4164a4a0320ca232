using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Time.Testing;
using Polly;
using Polly.Timeout;
using Resilience.Deadlines;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

public sealed class OperationTimeoutTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_ends_in_time_returns_what_it_returns()
    {
        var timeout = Cooperative();

        Assert.Equal(7, await timeout.ExecuteAsync(static _ => new ValueTask<int>(7), Token));
        Assert.Equal(8, await timeout.ExecuteAsync(
            static async _ =>
            {
                await Task.Yield();
                return 8;
            },
            Token));
        await timeout.ExecuteAsync(static _ => default, Token);
        Assert.Equal(0, timeout.Snapshot().Fired);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // through Polly's own strategy, as if its context could not be set
    public async Task A_call_whose_time_is_up_says_which_one_it_was_and_for_how_long(bool canSetToken)
    {
        var timeout = new OperationTimeout("inventory.reserve", new() { Timeout = _limit }, _clock, canSetToken);

        var thrown = await TimesOutAsync(timeout.ExecuteAsync(HangAsync, Token));

        Assert.Equal(("inventory.reserve", _limit, TimeoutCause.Operation, false), (thrown.OperationName, thrown.Timeout, thrown.Cause, thrown.IsAbandoned));
        Assert.InRange(thrown.Elapsed, _limit, _limit + TimeSpan.FromMilliseconds(15));
        Assert.Matches("^inventory.reserve took 1\\d\\d ms, more than the 100 ms that it may take. It has ended; what it did is unknown.$", thrown.Message);
        Assert.IsType<OperationCanceledException>(thrown.InnerException, exactMatch: false);
        Assert.Equal(1, timeout.Snapshot().Fired);
    }

    [Fact]
    public async Task Polly_handlers_for_its_own_time_outs_see_ours()
    {
        var timeout = Cooperative();
        var running = timeout.ExecuteAsync(HangAsync, Token).AsTask();

        Tick(_limit);

        await Assert.ThrowsAnyAsync<TimeoutRejectedException>(() => running);
    }

    [Fact]
    public async Task Late_success_is_returned_and_counted()
    {
        var timeout = Cooperative();
        var work = new TaskCompletionSource<int>();
        var running = timeout.ExecuteAsync(
            async token =>
            {
                token.Register(() => work.TrySetResult(7)); // it notices, and finishes all the same
                return await work.Task;
            },
            Token).AsTask();

        Tick(_limit);

        Assert.Equal(7, await running);
        Assert.Equal((1, 0), (timeout.Snapshot().LateSuccesses, timeout.Snapshot().Fired));
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_not_a_time_out_and_carries_his_token()
    {
        using var caller = new CancellationTokenSource();
        var timeout = Cooperative();
        var running = timeout.ExecuteAsync(HangAsync, caller.Token).AsTask();

        await caller.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(caller.Token, thrown.CancellationToken);
        Assert.Equal(0, timeout.Snapshot().Fired);
    }

    [Fact]
    public async Task A_callees_own_cancellation_before_the_time_is_up_is_passed_on()
    {
        var thrown = await Assert.ThrowsAsync<TaskCanceledException>(async () =>
            await Cooperative().ExecuteAsync<int>(static _ => throw new TaskCanceledException("the callee's own"), Token));

        Assert.Equal("the callee's own", thrown.Message);
    }

    [Fact]
    public async Task A_failure_after_the_time_was_up_keeps_its_own_words()
    {
        var timeout = Cooperative();
        var running = timeout.ExecuteAsync(
            static async token =>
            {
                await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return token.IsCancellationRequested ? throw new InvalidOperationException("half done") : 0;
            },
            Token).AsTask();

        Tick(_limit);

        Assert.Equal("half done", (await Assert.ThrowsAsync<InvalidOperationException>(() => running)).Message);
    }

    [Fact]
    public async Task Nested_timeouts_report_the_one_that_fired()
    {
        foreach (var (outer, inner, expected) in ((int, int, string)[])[(50, 500, "outer"), (500, 50, "inner")])
        {
            var pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }
                .AddOperationTimeout(new OperationTimeoutStrategyOptions { Name = "outer", Timeout = TimeSpan.FromMilliseconds(outer) })
                .AddOperationTimeout(new OperationTimeoutStrategyOptions { Name = "inner", Timeout = TimeSpan.FromMilliseconds(inner) })
                .Build();

            Assert.Equal(expected, (await TimesOutAsync(pipeline.ExecuteAsync(HangAsync, Token))).OperationName);
        }
    }

    [Fact]
    public async Task The_deadline_bounds_it_and_is_named_as_the_cause()
    {
        using var scope = Deadline.Begin(TimeSpan.FromMilliseconds(40), _clock);

        var thrown = await TimesOutAsync(Cooperative().ExecuteAsync(HangAsync, Token));

        Assert.Equal((TimeoutCause.Deadline, TimeSpan.FromMilliseconds(40)), (thrown.Cause, thrown.Timeout));
    }

    [Fact]
    public async Task With_no_time_left_the_call_is_not_made_and_remaining_budget_is_never_negative()
    {
        using var scope = Deadline.Begin(TimeSpan.FromMilliseconds(40), _clock);
        _clock.Advance(TimeSpan.FromSeconds(1));

        var thrown = await Assert.ThrowsAsync<OperationTimeoutException>(async () =>
            await Cooperative().ExecuteAsync<int>(static _ => throw new InvalidOperationException("called"), Token));

        Assert.Equal((TimeSpan.Zero, TimeoutCause.Deadline), (thrown.Timeout, thrown.Cause));
    }

    [Fact]
    public async Task Inside_a_call_the_deadline_is_its_own_where_that_is_asked_for()
    {
        var timeout = new OperationTimeout("db", new() { Timeout = _limit, BeginsDeadline = true }, _clock);

        var seen = await timeout.ExecuteAsync(
            static async _ =>
            {
                await Task.Yield();
                return Deadline.Current!.Remaining;
            },
            Token);

        Assert.Equal((_limit, null), (seen, Deadline.Current));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-20, false)]
    [InlineData(-1, true)] // infinite
    [InlineData(50L * 24 * 3600 * 1000, true)] // beyond 49 days, which is what a timer takes
    [InlineData(1, true)] // sub-10 ms is allowed
    public async Task Zero_negative_infinite_beyond_49_days_and_below_10_ms_are_all_defined(long milliseconds, bool called)
    {
        var timeout = new OperationTimeout("db", new() { TimeoutGenerator = _ => TimeSpan.FromMilliseconds(milliseconds) }, _clock);
        var wasCalled = false;

        try
        {
            await timeout.ExecuteAsync(
                async _ =>
                {
                    wasCalled = true;
                    await Task.Yield();
                    return 0;
                },
                Token);
        }
        catch (OperationTimeoutException)
        {
            Assert.False(called);
        }

        Assert.Equal(called, wasCalled);
    }

    [Fact]
    public async Task A_generator_that_throws_leaves_the_set_time()
    {
        var timeout = new OperationTimeout("db", new() { Timeout = _limit, TimeoutGenerator = static _ => throw new InvalidOperationException() }, _clock);

        Assert.Equal(_limit, (await TimesOutAsync(timeout.ExecuteAsync(HangAsync, Token))).Timeout);
    }

    [Fact]
    public async Task Under_a_debugger_a_time_out_is_let_pass()
    {
        var attached = true;
        var timeout = new OperationTimeout("db", new() { Timeout = _limit, IsDebugged = () => attached }, _clock);
        var work = new TaskCompletionSource<int>();
        var running = timeout.ExecuteAsync(token => new ValueTask<int>(work.Task.WaitAsync(token)), Token).AsTask();

        Tick(TimeSpan.FromMinutes(10));
        work.SetResult(7);

        Assert.Equal(7, await running);
        attached = false;
        await TimesOutAsync(timeout.ExecuteAsync(HangAsync, Token));
    }

    [Fact]
    public async Task The_token_is_the_callers_again_after_the_call()
    {
        using var caller = new CancellationTokenSource();
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }.AddOperationTimeout(_limit).Build();
        var context = ResilienceContextPool.Shared.Get(caller.Token);
        var seen = CancellationToken.None;

        await pipeline.ExecuteAsync(
            async inner =>
            {
                seen = inner.CancellationToken;
                await Task.Yield();
            },
            context);

        Assert.NotEqual(caller.Token, seen);
        Assert.Equal(caller.Token, context.CancellationToken);
        ResilienceContextPool.Shared.Return(context);
    }

    [Fact]
    public void Pollys_context_still_has_what_is_needed_of_it()
    {
        Assert.True(ContextAccess.CanSetToken);
        Assert.True(ContextAccess.CanCopyProperties);
    }

    [Fact]
    public async Task A_scope_gives_the_same_time_where_a_delegate_does_not_fit()
    {
        var timeout = Cooperative();
        using var caller = new CancellationTokenSource();
        using var scope = timeout.Begin(caller.Token);
        var work = Task.Delay(Timeout.Infinite, scope.Token);
        Assert.Equal((_limit, false), (scope.Remaining, scope.HasTimedOut));

        Tick(_limit);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);

        Assert.Equal((TimeSpan.Zero, true), (scope.Remaining, scope.HasTimedOut));
        Assert.Equal("db", scope.TimedOut().OperationName);
        scope.Dispose();
        scope.Dispose();
        Assert.True(scope.HasTimedOut);
    }

    [Fact]
    public async Task A_scope_in_time_leaves_nothing_armed_and_passes_the_callers_cancellation_on()
    {
        var timeout = Cooperative();
        using var caller = new CancellationTokenSource();
        using (var scope = timeout.Begin(caller.Token))
        {
            await caller.CancelAsync();
            Assert.Equal((true, false), (scope.Token.IsCancellationRequested, scope.HasTimedOut));
        }

        Assert.Equal(0, TimerWheel.Of(_clock).Armed);
    }

    [Theory]
    [InlineData("The time-out db can't be built: Timeout is 00:00:00, but must be from 00:00:00.0010000 to 1.00:00:00.")]
    [InlineData("The time-out db can't be built: Abort is null, but is required when Mode is Signal.")]
    [InlineData("The time-out db can't be built: Adaptive.Maximum is 00:00:00.0010000, but must be at least Adaptive.Minimum, which is 00:00:00.0500000.")]
    public void Options_that_make_no_sense_are_refused_by_name_value_and_range(string message)
    {
        var options = new OperationTimeoutStrategyOptions();
        if (message.Contains("Abort", StringComparison.Ordinal))
        {
            options.Mode = TimeoutMode.Signal;
        }
        else if (message.Contains("Adaptive", StringComparison.Ordinal))
        {
            options.Adaptive = new() { Maximum = TimeSpan.FromMilliseconds(1) };
        }
        else
        {
            options.Timeout = TimeSpan.Zero;
        }

        Assert.Equal(message, Assert.Throws<ValidationException>(() => new OperationTimeout("db", options)).Message);
    }

    private static async ValueTask<int> HangAsync(CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return 0;
    }

    private OperationTimeout Cooperative() => new("db", new() { Timeout = _limit }, _clock);

    private void Tick(TimeSpan time) => _clock.Advance(time + TimeSpan.FromMilliseconds(15));

    private async Task<OperationTimeoutException> TimesOutAsync(ValueTask<int> call)
    {
        var running = call.AsTask();
        Tick(_limit);
        return await Assert.ThrowsAsync<OperationTimeoutException>(() => running.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
