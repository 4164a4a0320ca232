using Polly;
using Polly.Retry;
using Resilience.Deadlines;

namespace Resilience.Retries;

/// <content>What is decided and done between two attempts. All of it is off the path of a success.</content>
internal sealed partial class BudgetedRetryCore
{
    private static async ValueTask<Outcome<TResult>> AwaitSafelyAsync<TResult>(ValueTask<Outcome<TResult>> running, ResilienceContext context)
    {
        try
        {
            return await running.ConfigureAwait(context.ContinueOnCapturedContext);
        }
        catch (Exception exception)
        {
            return Outcome.FromException<TResult>(exception); // an outcome should have carried it
        }
    }

    // A rule that throws says nothing, so the outcome goes to the caller as it is: nothing is given up, nothing disposed.
    private static bool Handles<TRules, TResult>(TRules rules, RetryTelemetry telemetry, Outcome<TResult> outcome)
        where TRules : struct, IRetryRules<TResult>
    {
        try
        {
            return rules.Handles(outcome);
        }
        catch (Exception exception)
        {
            telemetry.CallbackThrew(exception);
            return false;
        }
    }

    private static async ValueTask TellAsync<TRules, TResult>(TRules rules, RetryTelemetry telemetry, OnRetryArguments<TResult> arguments)
        where TRules : struct, IRetryRules<TResult>
    {
        try
        {
            await rules.OnRetryAsync(arguments).ConfigureAwait(arguments.Context.ContinueOnCapturedContext);
        }
        catch (Exception exception)
        {
            telemetry.CallbackThrew(exception);
        }
    }

    private static async ValueTask DiscardAsync<TResult>(Outcome<TResult> outcome, RetryTelemetry telemetry)
    {
        try
        {
            if (outcome.Result is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (outcome.Result as IDisposable)?.Dispose();
            }
        }
        catch (Exception exception)
        {
            telemetry.CallbackThrew(exception);
        }
    }

    private async ValueTask<bool> WaitAsync(TimeSpan delay, ResilienceContext context)
    {
        if (delay > TimeSpan.Zero && !context.CancellationToken.IsCancellationRequested)
        {
            await Task.Delay(delay, _time, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !context.CancellationToken.IsCancellationRequested;
    }

    private bool TryAgain<TRules, TResult>(
        TRules rules, RetryTelemetry telemetry, ResilienceContext context, Outcome<TResult> outcome, int retries, ref TimeSpan walk, out TimeSpan delay)
        where TRules : struct, IRetryRules<TResult>
    {
        delay = TimeSpan.Zero;
        if (!Failed(rules, telemetry, context, outcome, retries))
        {
            return false;
        }

        if (Forbidden(rules, telemetry, context, outcome, retries, ref walk, ref delay) is not { } reason)
        {
            _counters.Waiting(delay);
            return true;
        }

        _counters.Suppressed(reason);
        telemetry.Suppressed(context, outcome, reason);
        return false;
    }

    private bool Failed<TRules, TResult>(TRules rules, RetryTelemetry telemetry, ResilienceContext context, Outcome<TResult> outcome, int retries)
        where TRules : struct, IRetryRules<TResult>
    {
        // The first attempt's result was looked at before; only the results of retries are looked at here.
        var failed = outcome.Exception is not null || retries == 0 || (rules.HandlesResults && Handles(rules, telemetry, outcome));
        if (!failed)
        {
            _counters.Recovered();
        }
        else if (context.CancellationToken.IsCancellationRequested)
        {
            _counters.Cancelled();
            failed = false;
        }
        else if (outcome.Exception is not null && !Handles(rules, telemetry, outcome))
        {
            _counters.Unhandled();
            failed = false;
        }
        else if (retries >= _settings.MaxRetries)
        {
            _counters.Exhausted();
            failed = false;
        }

        return failed;
    }

    // The budget comes last: what is left out for another reason must not draw on it.
    private RetrySuppression? Forbidden<TRules, TResult>(
        TRules rules, RetryTelemetry telemetry, ResilienceContext context, Outcome<TResult> outcome, int retries, ref TimeSpan walk, ref TimeSpan delay)
        where TRules : struct, IRetryRules<TResult>
    {
        if (_settings.HeedsUpstream && AttemptCount.IsRetry && retries == 0)
        {
            return RetrySuppression.UpstreamRetry;
        }

        RetryAfterHint hint;
        try
        {
            if (!rules.MayRepeat(context, outcome, retries))
            {
                return RetrySuppression.NotRepeatable;
            }

            hint = rules.RetryAfter(context, outcome, retries, _time.GetUtcNow());
            delay = Delay(retries, hint, ref walk);
        }
        catch (Exception exception)
        {
            telemetry.CallbackThrew(exception);
            return RetrySuppression.NotRepeatable; // a rule that throws can't be relied on to know
        }

        if (hint.IsStop)
        {
            return RetrySuppression.Pushback;
        }

        if (_settings.DeadlineAware && Deadline.Current is { } deadline)
        {
            var remaining = deadline.Remaining;
            if (remaining != Timeout.InfiniteTimeSpan && delay + _counters.UsualAttempt >= remaining)
            {
                return RetrySuppression.Deadline;
            }
        }

        return Budget.TryWithdraw() ? null : RetrySuppression.Budget;
    }

    private TimeSpan Delay(int retries, RetryAfterHint hint, ref TimeSpan walk)
    {
        var delay = _settings.Schedule.Next(retries == int.MaxValue ? retries : retries + 1, ref walk, _settings.Draw);
        if (hint.Wait is not { } wished)
        {
            return delay;
        }

        // Cut first: the answer may be a lie, or an attack. Then spread, upwards only: nobody comes back before the time he was told.
        var wait = wished < _settings.MaxDelay ? wished : _settings.MaxDelay;
        wait += wait * (_settings.HintJitterRatio * _settings.Draw());
        return wait > delay ? wait : delay;
    }
}
