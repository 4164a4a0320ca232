using System.Runtime.CompilerServices;
using Polly;
using Polly.Telemetry;
using Polly.Timeout;
using Resilience.Deadlines;
using Resilience.Outcomes;

namespace Resilience.Timeouts;

/// <content>What happens to a call.</content>
public sealed partial class OperationTimeout
{
    internal ValueTask<Outcome<TResult>> ExecuteAsync<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state, ResilienceStrategyTelemetry? polly)
    {
        // Every way but the usual one is a method of its own: the locals of all that stands here are cleared for each call.
        var (timeout, cause) = (_settings.Timeout, TimeoutCause.Operation);
        if ((_isUnusual || (_settings.DeadlineAware && Deadline.Current is not null))
            && TryRunOtherwise(callback, context, state, polly, ref timeout, ref cause, out var otherwise))
        {
            return otherwise;
        }

        var callersToken = context.CancellationToken;
        var began = _clock.Now;
        var timer = _timers.Rent();
        var linked = callersToken.CanBeCanceled && (callersToken.IsCancellationRequested || SynchronousCalls.IsSynchronous(context));
        timer.Begin(linked ? callersToken : CancellationToken.None);
        ContextAccess.SetToken(context, timer.Token);
        ValueTask<Outcome<TResult>> running;
        try
        {
            // Written out here: inside a pipeline each call of a generic method is looked up first, and this is the path of a success.
            running = _settings.BeginsDeadline ? StartAsync(callback, context, state, timeout) : callback(context, state);
        }
        catch (Exception exception)
        {
            running = Outcome.FromExceptionAsValueTask<TResult>(exception);
        }

        if (!running.IsCompletedSuccessfully)
        {
            if (!linked)
            {
                timer.Link(callersToken); // only now: a token that is new with each request allocates for whoever listens to it
            }

            return WaitAsync(running, timer, context, timeout, cause, began, polly, callersToken);
        }

        var outcome = running.Result;
        ContextAccess.SetToken(context, callersToken);
        GiveBack(timer);
        return outcome.Exception is null && _settings.Adaptive is null
            ? new(outcome)
            : ConcludeAsync(outcome, context, timeout, cause, began, polly, callersToken);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRunOtherwise<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback,
        ResilienceContext context,
        TState state,
        ResilienceStrategyTelemetry? polly,
        ref TimeSpan timeout,
        ref TimeoutCause cause,
        out ValueTask<Outcome<TResult>> running)
    {
        running = default;
        if (_orphans.Running >= _settings.MaxOrphans)
        {
            running = RefuseAsync<TResult>(context, polly);
            return true;
        }

        (timeout, cause) = Bound(context);
        if (timeout == System.Threading.Timeout.InfiniteTimeSpan)
        {
            running = SafeCallback.InvokeAsync(callback, context, state);
            return true;
        }

        var call = new CallFacts(context, timeout, cause, _clock.Now, polly, context.CancellationToken);
        if (timeout <= TimeSpan.Zero)
        {
            running = new(Outcome.FromException<TResult>(TimeOut(call, null, null)));
            return true;
        }

        if (_settings.Abandons)
        {
            running = RunAloneAsync(callback, state, call);
            return true;
        }

        if (_fallback is not null)
        {
            running = FallBackAsync(_fallback, callback, context, state, call);
            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Outcome<TResult>> WaitAsync<TResult>(
        ValueTask<Outcome<TResult>> running,
        CallTimer timer,
        ResilienceContext context,
        TimeSpan timeout,
        TimeoutCause cause,
        long began,
        ResilienceStrategyTelemetry? polly,
        CancellationToken callersToken)
    {
        timer.Arm(timeout, cause, began, interruption: null);
        return PendingOutcome<TResult, Ending<TResult>>.AwaitAsync(
            running, new(this, timer, new(context, timeout, cause, began, polly, callersToken)), context.ContinueOnCapturedContext);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Outcome<TResult>> ConcludeAsync<TResult>(
        Outcome<TResult> outcome,
        ResilienceContext context,
        TimeSpan timeout,
        TimeoutCause cause,
        long began,
        ResilienceStrategyTelemetry? polly,
        CancellationToken callersToken) => new(Concluded(outcome, new(context, timeout, cause, began, polly, callersToken), fired: false));

    // A call that may be left running gets a context of its own: its caller's goes back to a pool, and then to somebody else's call.
    private ValueTask<Outcome<TResult>> RunAloneAsync<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, TState state, CallFacts call)
    {
        var timer = _timers.Rent();
        timer.Begin(call.CallersToken);
        var own = ContextAccess.Fork(call.Context, timer.Token);
        CallInterruption? interruption = null;
        if (_settings.Mode == TimeoutMode.Interrupt)
        {
            own.Properties.Set(CallInterruption.Key, interruption = new());
        }

        var running = StartAsync(callback, own, state, call.Timeout);
        if (running.IsCompletedSuccessfully)
        {
            var outcome = running.Result;
            Join(own, call, interruption);
            GiveBack(timer);
            return new(Concluded(outcome, call, fired: false));
        }

        timer.Arm(call.Timeout, call.Cause, call.Began, interruption);
        return AwaitOrAbandonAsync(running.AsTask(), own, timer, call, interruption);
    }

    private async ValueTask<Outcome<TResult>> AwaitOrAbandonAsync<TResult>(
        Task<Outcome<TResult>> running, ResilienceContext own, CallTimer timer, CallFacts call, CallInterruption? interruption)
    {
        await Task.WhenAny(running, timer.Abandoned).ConfigureAwait(call.Context.ContinueOnCapturedContext);
        if (!running.IsCompleted)
        {
            timer.End();
            var left = _orphans.AdoptAsync(running, () => ResilienceContextPool.Shared.Return(own));
            return Outcome.FromException<TResult>(TimeOut(call, left, null));
        }

        Outcome<TResult> outcome;
        try
        {
            outcome = await running.ConfigureAwait(call.Context.ContinueOnCapturedContext);
        }
        catch (Exception exception)
        {
            outcome = Outcome.FromException<TResult>(exception);
        }

        var fired = GiveBack(timer);
        Join(own, call, interruption);
        return Concluded(outcome, call, fired);
    }

    private async ValueTask<Outcome<TResult>> FallBackAsync<TResult, TState>(
        PollyTimeout fallback, Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state, CallFacts call)
    {
        var outcome = await fallback.ExecuteAsync(callback, context, state, call.Timeout).ConfigureAwait(context.ContinueOnCapturedContext);
        return outcome.Exception is TimeoutRejectedException { InnerException: OperationCanceledException cancelled } and not OperationTimeoutException
            ? Outcome.FromException<TResult>(TimeOut(call, null, cancelled))
            : outcome;
    }

    private ValueTask<Outcome<TResult>> StartAsync<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state, TimeSpan timeout)
    {
        if (!_settings.BeginsDeadline)
        {
            return SafeCallback.InvokeAsync(callback, context, state);
        }

        var deadline = Deadline.Begin(timeout, _settings.Time);
        var running = SafeCallback.InvokeAsync(callback, context, state);
        deadline.Dispose(); // what it awaits has taken the deadline along by now
        return running;
    }

    private bool GiveBack(CallTimer timer)
    {
        var (fired, reusable) = timer.End();
        if (reusable)
        {
            _timers.Return(timer);
        }

        return fired;
    }

    private static void Join(ResilienceContext own, CallFacts call, CallInterruption? interruption)
    {
        if (interruption is not null)
        {
            own.Properties.Set(CallInterruption.Key, null!); // or a later call through the caller's context would be interrupted for this one
        }

        ContextAccess.Join(call.Context, own);
    }

    private readonly struct Ending<TResult>(OperationTimeout timeout, CallTimer timer, CallFacts call) : IEnding<TResult>
    {
        public ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome)
        {
            var fired = timeout.GiveBack(timer);
            ContextAccess.SetToken(call.Context, call.CallersToken);
            return new(timeout.Concluded(outcome, call, fired));
        }
    }
}
