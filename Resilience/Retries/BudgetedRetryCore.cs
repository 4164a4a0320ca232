using System.Runtime.CompilerServices;
using Polly;
using Polly.Retry;
using Resilience.Measurement;
using Resilience.Outcomes;

namespace Resilience.Retries;

/// <summary>The loop: what a retry does, for any kind of result.</summary>
/// <remarks>A call that succeeds at its first attempt costs one reading of the clock and two atomic additions, and allocates nothing.</remarks>
internal sealed partial class BudgetedRetryCore
{
    private readonly RetrySettings _settings;
    private readonly RetryCounters _counters = new();
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;

    public BudgetedRetryCore(RetrySettings settings, RetryBudget? budget, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _clock = new(time);
        Budget = budget ?? new RetryBudget(timeProvider: time);
        RetryTelemetry.Watch(this);
    }

    public string Name => _settings.Name;

    public RetryBudget Budget { get; }

    public RetryStatistics Snapshot() => _counters.Snapshot(Name, Budget);

    public ValueTask<Outcome<TResult>> ExecuteAsync<TRules, TResult, TState>(
        TRules rules,
        RetryTelemetry telemetry,
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback,
        ResilienceContext context,
        TState state)
        where TRules : struct, IRetryRules<TResult>
    {
        var began = _clock.Now;
        Budget.Deposit(_time, began);
        ValueTask<Outcome<TResult>> running;
        try
        {
            running = callback(context, state); // written out: inside a pipeline each call of a generic method is looked up first
        }
        catch (Exception exception)
        {
            running = Outcome.FromExceptionAsValueTask<TResult>(exception);
        }

        if (!running.IsCompletedSuccessfully)
        {
            return WaitAsync(rules, telemetry, callback, context, state, running, began);
        }

        var outcome = running.Result;
        if (outcome.Exception is not null || (rules.HandlesResults && Handles(rules, telemetry, outcome)))
        {
            return RetryAsync(rules, telemetry, callback, context, state, outcome, began);
        }

        Succeeded(began);
        return new(outcome);
    }

    // Like the next, apart: the locals of all that stands in one method are cleared for each call that it makes, and most succeed at once.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Outcome<TResult>> WaitAsync<TRules, TResult, TState>(
        TRules rules,
        RetryTelemetry telemetry,
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback,
        ResilienceContext context,
        TState state,
        ValueTask<Outcome<TResult>> running,
        long began)
        where TRules : struct, IRetryRules<TResult> => PendingOutcome<TResult, Ending<TRules, TResult, TState>>.AwaitAsync(
            running, new(this, rules, telemetry, callback, context, state, began), context.ContinueOnCapturedContext);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async ValueTask<Outcome<TResult>> RetryAsync<TRules, TResult, TState>(
        TRules rules,
        RetryTelemetry telemetry,
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback,
        ResilienceContext context,
        TState state,
        Outcome<TResult> outcome,
        long began)
        where TRules : struct, IRetryRules<TResult>
    {
        var walk = TimeSpan.Zero;
        var attempt = AttemptCount.Current;
        for (var retries = 0; ; retries++)
        {
            var lasted = TimeSpan.FromMilliseconds(_clock.Now - began);
            _counters.Attempted(lasted);
            if (!TryAgain(rules, telemetry, context, outcome, retries, ref walk, out var delay))
            {
                return outcome;
            }

            var arguments = new OnRetryArguments<TResult>(context, outcome, retries, delay, lasted);
            telemetry.Retrying(arguments);
            await TellAsync(rules, telemetry, arguments).ConfigureAwait(context.ContinueOnCapturedContext);

            // Before the wait: what was given up may hold a connection.
            await DiscardAsync(outcome, telemetry).ConfigureAwait(context.ContinueOnCapturedContext);
            if (!await WaitAsync(delay, context).ConfigureAwait(context.ContinueOnCapturedContext))
            {
                Budget.Refund();
                _counters.Cancelled();
                return Outcome.FromException<TResult>(new OperationCanceledException(
                    "The caller gave up while the next attempt was waited for; the last one failed.", outcome.Exception, context.CancellationToken));
            }

            telemetry.Attempted();
            _counters.Retried();
            attempt = attempt == int.MaxValue ? attempt : attempt + 1;
            context.Properties.Set(RetryContext.Pause, delay);
            AttemptCount.Set(attempt); // undone when this method returns: what an async method sets, its caller doesn't see
            began = _clock.Now;
            outcome = await AwaitSafelyAsync(SafeCallback.InvokeAsync(callback, context, state), context).ConfigureAwait(context.ContinueOnCapturedContext);
        }
    }

    private void Succeeded(long began)
    {
        if (_counters.FirstTry())
        {
            _counters.Attempted(TimeSpan.FromMilliseconds(_clock.Now - began));
        }
    }

    private readonly struct Ending<TRules, TResult, TState>(
        BudgetedRetryCore core,
        TRules rules,
        RetryTelemetry telemetry,
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback,
        ResilienceContext context,
        TState state,
        long began) : IEnding<TResult>
        where TRules : struct, IRetryRules<TResult>
    {
        public ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome)
        {
            if (outcome.Exception is not null || (rules.HandlesResults && Handles(rules, telemetry, outcome)))
            {
                return core.RetryAsync(rules, telemetry, callback, context, state, outcome, began);
            }

            core.Succeeded(began);
            return new(outcome);
        }
    }
}
