using Polly;
using Polly.Telemetry;
using Resilience.Deadlines;
using Resilience.Outcomes;

namespace Resilience.Timeouts;

/// <content>How long a call may take, and what its end means.</content>
public sealed partial class OperationTimeout
{
    private (TimeSpan Timeout, TimeoutCause Cause) Bound(ResilienceContext context)
    {
        var adaptive = _settings.Adaptive;
        var timeout = adaptive is null ? _settings.Timeout : adaptive.Current;
        var learnt = adaptive?.HasLearnt == true;
        if (_settings.Generator is { } generator)
        {
            try
            {
                var generated = generator(context);
                (timeout, learnt) = (generated ?? timeout, learnt && generated is null);
            }
            catch (Exception exception)
            {
                _settings.Telemetry.CallbackThrew(exception);
            }
        }

        return Bound(timeout, learnt);
    }

    private (TimeSpan Timeout, TimeoutCause Cause) Bound(TimeSpan timeout, bool learnt)
    {
        var cause = learnt ? TimeoutCause.Adaptive : TimeoutCause.Operation;
        if (timeout < TimeSpan.Zero && timeout != System.Threading.Timeout.InfiniteTimeSpan)
        {
            timeout = TimeSpan.Zero;
        }

        if (!_settings.DeadlineAware || Deadline.Current is not { } deadline)
        {
            return (timeout, cause);
        }

        var bound = deadline.Bound(timeout);
        return (bound, bound == timeout ? cause : TimeoutCause.Deadline);
    }

    private TimeSpan Since(CallFacts call) => TimeSpan.FromMilliseconds(_clock.Now - call.Began);

    private Outcome<TResult> Concluded<TResult>(Outcome<TResult> outcome, CallFacts call, bool fired)
    {
        if (outcome.Exception is not { } exception)
        {
            Learn(Since(call), call);
            if (fired)
            {
                Interlocked.Increment(ref _lateSuccesses);
                _settings.Telemetry.SucceededLate(call.Polly, call.Context, call.Timeout);
            }

            return outcome;
        }

        if (exception is OperationCanceledException cancelled && call.CallersToken.IsCancellationRequested)
        {
            // He knows his own token, and not the one that was linked to it.
            return cancelled.CancellationToken == call.CallersToken
                ? outcome
                : Outcome.FromException<TResult>(new OperationCanceledException(cancelled.Message, cancelled, call.CallersToken));
        }

        // A socket that was closed on a call, or a thread that was interrupted, fails in its own words.
        return fired && (exception is OperationCanceledException || _settings.Mode >= TimeoutMode.Signal)
            ? Outcome.FromException<TResult>(TimeOut(call, null, exception))
            : outcome;
    }

    // What was broken on purpose says nothing of what calls are like.
    private void Learn(TimeSpan took, CallFacts call)
    {
        if (_settings.Adaptive is { } adaptive && !InjectedFaults.Has(call.Context))
        {
            adaptive.Record(took);
        }
    }

    private OperationTimeoutException TimeOut(CallFacts call, Task? left, Exception? inner)
    {
        Interlocked.Increment(ref _fired);
        if (call.Cause != TimeoutCause.Deadline)
        {
            Learn(call.Timeout, call);
        }

        var exception = new OperationTimeoutException(Name, call.Timeout, Since(call), call.Cause, left, inner);
        _settings.Telemetry.Fired(call.Polly, call.Context, exception);
        if (_settings.Cleanup is { } cleanup)
        {
            _settings.Aside.Run(cleanup, new(Name, call.Timeout, call.Cause, default));
        }

        return exception;
    }

    private ValueTask<Outcome<TResult>> RefuseAsync<TResult>(ResilienceContext context, ResilienceStrategyTelemetry? polly)
    {
        Interlocked.Increment(ref _refused);
        var exception = new OrphanLimitException(Name, _orphans.Running);
        _settings.Telemetry.Refused(polly, context, exception);
        return new(Outcome.FromException<TResult>(exception));
    }
}
