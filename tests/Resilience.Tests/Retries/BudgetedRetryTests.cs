using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Resilience.Deadlines;
using Resilience.Retries;
using Xunit;

namespace Resilience.Tests.Retries;

public sealed class BudgetedRetryTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<TimeSpan> _waits = [];
    private int _attempts;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_fails_twice_recovers_and_is_counted_once()
    {
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        var answer = await retry.ExecuteAsync(_ => ++_attempts <= 2 ? throw new HttpRequestException("503") : new ValueTask<int>(7), Token);

        var statistics = retry.Snapshot();
        Assert.Equal((7, 3), (answer, _attempts));
        Assert.Equal((1, 1, 2), (statistics.Calls, statistics.Recovered, statistics.Retries));
    }

    [Fact]
    public async Task The_last_real_outcome_is_thrown_when_no_attempt_is_left()
    {
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        var thrown = await Assert.ThrowsAsync<HttpRequestException>(async () => await retry.ExecuteAsync(_ => Fail($"attempt {++_attempts}"), Token));

        Assert.Equal("attempt 4", thrown.Message);
        Assert.Equal(1, retry.Snapshot().Exhausted);
    }

    [Fact]
    public async Task A_call_that_is_waited_for_is_retried_as_well()
    {
        var retry = new BudgetedRetry<int>("inventory", new() { Delay = TimeSpan.Zero, HandleResult = static result => result < 3 }, _clock);

        var answer = await retry.ExecuteAsync(
            async _ =>
            {
                await Task.Yield();
                return ++_attempts;
            },
            Token);

        Assert.Equal(3, answer);
    }

    [Fact]
    public async Task Refusals_of_this_side_are_not_retried_and_time_outs_are()
    {
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        await Assert.ThrowsAsync<BrokenCircuitException>(async () => await retry.ExecuteAsync(_ => Throw(new BrokenCircuitException()), Token));
        Assert.Equal((1, 1), (_attempts, retry.Snapshot().Unhandled));

        await Assert.ThrowsAsync<TimeoutRejectedException>(async () => await retry.ExecuteAsync(_ => Throw(new TimeoutRejectedException()), Token));
        Assert.Equal(5, _attempts);
    }

    [Fact]
    public async Task Who_cancelled_decides_a_callees_own_cancellation_is_retried_and_the_callers_is_not()
    {
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        await Assert.ThrowsAsync<TaskCanceledException>(async () => await retry.ExecuteAsync(_ => Throw(new TaskCanceledException()), Token));
        Assert.Equal(4, _attempts);

        using var caller = new CancellationTokenSource();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await retry.ExecuteAsync(
            async token =>
            {
                await caller.CancelAsync();
                return await Throw(new OperationCanceledException(token));
            },
            caller.Token));
        Assert.Equal((5, 1), (_attempts, retry.Snapshot().Cancelled));
    }

    [Fact]
    public async Task Cancellation_during_the_delay_returns_promptly_says_what_failed_and_gives_the_budget_its_retry_back()
    {
        using var caller = new CancellationTokenSource();
        var budget = new RetryBudget(new() { Ratio = 0, MinRetriesPerSecond = 0.1 }, _clock);
        var retry = new BudgetedRetry("inventory", new() { Budget = budget, Jitter = JitterKind.None, Delay = TimeSpan.FromSeconds(1) }, _clock);
        var running = retry.ExecuteAsync(_ => Fail("first"), caller.Token).AsTask();
        Assert.Equal((false, 0), (running.IsCompleted, budget.Balance));

        await caller.CancelAsync();

        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.Equal(("first", caller.Token), (cancelled.InnerException?.Message, cancelled.CancellationToken));
        Assert.Equal((1, 1.0), (_attempts, budget.Balance));
    }

    [Fact]
    public async Task A_delay_of_zero_does_not_yield()
    {
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        var running = retry.ExecuteAsync(_ => ++_attempts <= 2 ? throw new HttpRequestException() : new ValueTask<int>(7), Token);

        Assert.True(running.IsCompletedSuccessfully);
        Assert.Equal(7, await running);
    }

    [Fact]
    public async Task MaxRetryAttempts_of_the_largest_number_neither_overflows_nor_grows_the_stack()
    {
        var retry = new BudgetedRetry<int>(
            "inventory",
            new() { MaxRetryAttempts = int.MaxValue, Delay = TimeSpan.Zero, Budget = RetryBudget.Unlimited, HandleResult = static result => result < 200_000 },
            _clock);

        Assert.Equal(200_000, await retry.ExecuteAsync(_ => new ValueTask<int>(++_attempts), Token));
        Assert.Equal(199_999, retry.Snapshot().Retries);
    }

    [Fact]
    public async Task Waits_follow_the_backoff_on_the_clock_that_was_handed_over()
    {
        var retry = new BudgetedRetry("inventory", Waiting(new() { Backoff = BackoffKind.Fibonacci, MaxRetryAttempts = 5, Jitter = JitterKind.None }), _clock);

        await AdvanceAsync(retry.ExecuteAsync(_ => Fail("always"), Token).AsTask());

        Assert.Equal([200, 200, 400, 600, 1000], _waits.Select(wait => wait.TotalMilliseconds));
        Assert.Equal(TimeSpan.FromMilliseconds(2400), retry.Snapshot().TotalDelay);
    }

    [Theory]
    [InlineData(0, 200)] // past or now: the backoff's own wait stays
    [InlineData(2, 2000)]
    [InlineData(3600, 5000)] // a hostile server
    public async Task Retry_After_lengthens_the_wait_up_to_the_cap_and_jitter_goes_above_it(int seconds, double milliseconds)
    {
        foreach (var (draw, factor) in ((double, double)[])[(0, 1), (0.5, 1.05)])
        {
            _waits.Clear();
            var options = Waiting(new()
            {
                MaxRetryAttempts = 1,
                MaxDelay = TimeSpan.FromSeconds(5),
                Jitter = JitterKind.None,
                RetryAfter = (_, _) => RetryAfterHint.After(TimeSpan.FromSeconds(seconds)),
                Draw = () => draw,
            });

            await AdvanceAsync(new BudgetedRetry("inventory", options, _clock).ExecuteAsync(_ => Fail("429"), Token).AsTask());

            Assert.Equal(seconds == 0 ? milliseconds : milliseconds * factor, Assert.Single(_waits).TotalMilliseconds);
        }
    }

    [Fact]
    public async Task An_answer_that_says_stop_is_the_last() => await SuppressedAsync(
        RetrySuppression.Pushback, new() { RetryAfter = static (_, _) => RetryAfterHint.Stop });

    [Fact]
    public async Task What_may_not_be_made_twice_is_not() => await SuppressedAsync(RetrySuppression.NotRepeatable, new() { MayRepeat = static _ => false });

    [Fact]
    public async Task A_budget_without_cover_ends_it() => await SuppressedAsync(
        RetrySuppression.Budget, new() { Budget = new RetryBudget(new() { Ratio = 0, MinRetriesPerSecond = 0 }, _clock) });

    [Fact]
    public async Task Never_under_an_upstream_that_is_already_retrying()
    {
        using (AttemptCount.Begin(2))
        {
            await SuppressedAsync(RetrySuppression.UpstreamRetry, new());
        }
    }

    [Fact]
    public async Task Never_an_attempt_that_cannot_finish_before_the_deadline_and_the_last_real_outcome_is_returned()
    {
        using var scope = Deadline.Begin(TimeSpan.FromMilliseconds(150), _clock);

        await SuppressedAsync(RetrySuppression.Deadline, new() { Jitter = JitterKind.None }); // the first wait is 200 ms
    }

    [Fact]
    public async Task The_usual_time_of_an_attempt_counts_towards_the_deadline()
    {
        using var scope = Deadline.Begin(TimeSpan.FromSeconds(1), _clock);
        var retry = new BudgetedRetry("inventory", new() { Delay = TimeSpan.FromMilliseconds(10), Jitter = JitterKind.None, Budget = RetryBudget.Unlimited }, _clock);

        await Assert.ThrowsAsync<HttpRequestException>(async () => await retry.ExecuteAsync(
            _ =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(600)); // what is left, 400 ms, is enough to wait and not to ask again
                return Fail("slow");
            },
            Token));

        Assert.Equal((1, 1), (_attempts, retry.Snapshot().SuppressedBy[RetrySuppression.Deadline]));
    }

    [Fact]
    public async Task An_attempt_knows_its_number_and_the_caller_does_not()
    {
        var seen = new List<int>();
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        await Assert.ThrowsAsync<HttpRequestException>(async () => await retry.ExecuteAsync(
            _ =>
            {
                seen.Add(AttemptCount.Current);
                return Fail("always");
            },
            Token));

        Assert.Equal([1, 2, 3, 4], seen);
        Assert.Equal(1, AttemptCount.Current);
    }

    [Fact]
    public async Task Discarded_results_are_disposed_exactly_once_and_the_one_returned_is_not()
    {
        var results = new List<Answer>();
        var retry = new BudgetedRetry<Answer>("inventory", new() { Delay = TimeSpan.Zero, HandleResult = static _ => true, Budget = RetryBudget.Unlimited }, _clock);

        var last = await retry.ExecuteAsync(
            _ =>
            {
                results.Add(new());
                return new(results[^1]);
            },
            Token);

        Assert.Equal([1, 1, 1, 0], results.Select(result => result.Disposals));
        Assert.Same(results[^1], last);
    }

    [Fact]
    public async Task A_predicate_that_throws_gives_the_result_to_the_caller_undisposed()
    {
        var retry = new BudgetedRetry<Answer>("inventory", new() { HandleResult = static _ => throw new InvalidOperationException() }, _clock);

        var answer = await retry.ExecuteAsync(static _ => new(new Answer()), Token);

        Assert.Equal((0, 1), (answer.Disposals, retry.Snapshot().Calls));
    }

    [Fact]
    public async Task A_predicate_that_throws_at_the_second_attempt_leaves_the_first_result_disposed_once()
    {
        var results = new List<Answer>();
        var retry = new BudgetedRetry<Answer>(
            "inventory",
            new() { Delay = TimeSpan.Zero, HandleResult = _ => results.Count == 1 ? true : throw new InvalidOperationException(), Budget = RetryBudget.Unlimited },
            _clock);

        var last = await retry.ExecuteAsync(
            _ =>
            {
                results.Add(new());
                return new(results[^1]);
            },
            Token);

        Assert.Equal([1, 0], results.Select(result => result.Disposals));
        Assert.Same(results[1], last);
    }

    [Fact]
    public async Task Handlers_that_throw_change_nothing()
    {
        var options = Immediately();
        options.OnRetry = static _ => throw new InvalidOperationException();
        var retry = new BudgetedRetry("inventory", options, _clock);

        Assert.Equal(7, await retry.ExecuteAsync(_ => ++_attempts == 1 ? throw new HttpRequestException() : new ValueTask<int>(7), Token));

        options.OnRetry = null;
        options.RetryAfter = static (_, _) => throw new InvalidOperationException();
        await Assert.ThrowsAsync<HttpRequestException>(async () => await new BudgetedRetry("inventory", options, _clock).ExecuteAsync(_ => Fail("once"), Token));
        Assert.Equal(3, _attempts);
    }

    [Fact]
    public async Task A_retry_inside_its_own_callback_is_a_call_of_its_own()
    {
        BudgetedRetry? retry = null;
        retry = new BudgetedRetry("inventory", Immediately(), _clock);

        var answer = await retry.ExecuteAsync(async token => await retry.ExecuteAsync(_ => ++_attempts == 1 ? throw new HttpRequestException() : new ValueTask<int>(7), token), Token);

        Assert.Equal((7, 2), (answer, retry.Snapshot().Calls));
    }

    [Fact]
    public async Task A_call_that_returns_nothing_is_retried_as_well()
    {
        var retry = new BudgetedRetry("inventory", Immediately(), _clock);

        await retry.ExecuteAsync(_ => ++_attempts == 1 ? ValueTask.FromException(new HttpRequestException()) : default, Token);

        Assert.Equal(2, _attempts);
    }

    [Theory]
    [InlineData(nameof(BudgetedRetryStrategyOptions.MaxRetryAttempts), "The retry inventory can't be built: MaxRetryAttempts is -1, but must be from 0 to 2147483647.")]
    [InlineData(nameof(BudgetedRetryStrategyOptions.MaxDelay), "The retry inventory can't be built: MaxDelay is 00:00:00.1000000, but must be at least Delay, which is 00:00:00.2000000.")]
    [InlineData(nameof(BudgetedRetryStrategyOptions.Draw), "The retry inventory can't be built: Draw is null, but is required.")]
    public void Options_that_make_no_sense_are_refused_by_name_value_and_range(string setting, string message)
    {
        var options = new BudgetedRetryStrategyOptions();
        switch (setting)
        {
            case nameof(options.MaxRetryAttempts):
                options.MaxRetryAttempts = -1;
                break;
            case nameof(options.MaxDelay):
                options.MaxDelay = TimeSpan.FromMilliseconds(100);
                break;
            default:
                options.Draw = null!;
                break;
        }

        Assert.Equal(message, Assert.Throws<ValidationException>(() => new BudgetedRetry("inventory", options)).Message);
    }

    private async Task SuppressedAsync(RetrySuppression reason, BudgetedRetryStrategyOptions options)
    {
        var retry = new BudgetedRetry("inventory", options, _clock);

        var thrown = await Assert.ThrowsAsync<HttpRequestException>(async () => await retry.ExecuteAsync(_ => Fail("real"), Token));

        var statistics = retry.Snapshot();
        Assert.Equal(("real", 1), (thrown.Message, _attempts));
        Assert.Equal((1, 1, 1, 0), (statistics.Calls, statistics.Suppressed, statistics.SuppressedBy[reason], statistics.Retries));
    }

    private static BudgetedRetryStrategyOptions Immediately() => new() { Delay = TimeSpan.Zero, Budget = RetryBudget.Unlimited };

    private BudgetedRetryStrategyOptions Waiting(BudgetedRetryStrategyOptions options)
    {
        options.Budget = RetryBudget.Unlimited;
        options.OnRetry = arguments =>
        {
            _waits.Add(arguments.RetryDelay);
            return default;
        };
        return options;
    }

    private async Task AdvanceAsync(Task running)
    {
        await _clock.AdvanceUntilAsync(running, TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => running);
    }

    private ValueTask<int> Fail(string message) => Throw(new HttpRequestException(message));

    private ValueTask<int> Throw(Exception exception)
    {
        if (exception is not HttpRequestException { Message: ['a', 't', ..] })
        {
            _attempts++;
        }

        throw exception;
    }

    private sealed class Answer : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
