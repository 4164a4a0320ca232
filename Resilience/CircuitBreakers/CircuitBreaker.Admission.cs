using System.Runtime.CompilerServices;
using Resilience.Interleaving;
using Resilience.Outcomes;

namespace Resilience.CircuitBreakers;

/// <content>How calls come in, and what becomes of their results. Without a lock.</content>
public sealed partial class CircuitBreaker
{
    /// <inheritdoc cref="TryEnter(out CallToken)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryEnter<TSteps>(out CallToken token)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        var epoch = _epoch;
        if (epoch.PassesFreely)
        {
            token = new(epoch);
            return true;
        }

        return TryEnterGuarded<TSteps>(epoch, out token);
    }

    /// <inheritdoc cref="Exit(in CallToken, CallResult, TimeSpan?)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Exit<TSteps>(in CallToken token, CallResult result, TimeSpan? retryAfter = null)
        where TSteps : struct, ISteps
    {
        if (token.Epoch is not { } admitted)
        {
            return;
        }

        TSteps.Reach();
        var (now, epoch) = (_clock.Now, _epoch);
        if (result == CallResult.Success && ReferenceEquals(epoch, admitted) && epoch.PassesFreely)
        {
            CircuitBreakerTelemetry.Called(Name, CallResult.Success);
            epoch.Health!.Succeeded<TSteps>(now); // nearly every call ends here
            return;
        }

        var settings = _settings;
        admitted.Health?.InFlight?.Leave<TSteps>(token.Started);
        if (epoch.Number != admitted.Number)
        {
            CountLate();
            return;
        }

        CircuitBreakerTelemetry.Called(Name, result);
        if (token.IsProbe)
        {
            ExitProbe<TSteps>(token, epoch, settings, result, retryAfter, now);
        }
        else if (epoch.Health is { } health)
        {
            ExitCall<TSteps>(token, epoch, health, settings, result, retryAfter, now);
        }
    }

    private bool TryEnterGuarded<TSteps>(CircuitEpoch epoch, out CallToken token)
        where TSteps : struct, ISteps
    {
        var now = _clock.Now;
        while (true)
        {
            TSteps.Reach();
            var settings = _settings;
            switch (epoch.State)
            {
                case BreakerState.Closed or BreakerState.Ramping when Verdict<TSteps>(epoch, settings, now) is var reason and not TransitionReason.None:
                    epoch = Trip<TSteps>(epoch, settings, reason, now);
                    continue;

                case BreakerState.Open when now >= epoch.Until:
                    epoch = Move<TSteps>(epoch, BreakerState.HalfOpen, TransitionReason.BreakElapsed, epoch.Relapses, now);
                    continue;

                case BreakerState.Ramping when now >= epoch.Ramp!.End:
                    epoch = Move<TSteps>(epoch, BreakerState.Closed, TransitionReason.RampCompleted, epoch.Relapses, now);
                    continue;

                case BreakerState.HalfOpen when WithheldBy(epoch, settings, now) is null && epoch.Probes!.TryTake<TSteps>(now, settings.ProbeTimeout, out var slot, out var leaseEnd):
                    token = new(epoch, now, slot, leaseEnd);
                    return true;

                case BreakerState.Closed:
                case BreakerState.Ramping when epoch.Ramp!.Admits(now):
                    epoch.Health!.InFlight?.Enter<TSteps>(now);
                    token = new(epoch, now);
                    return true;
            }

            Interlocked.Increment(ref _refused);
            CircuitBreakerTelemetry.Called(Name, CircuitBreakerTelemetry.Refused);
            var passes = settings.RefusesNothing && epoch.State != BreakerState.Isolated;
            token = passes ? default : new(epoch); // a call that passes against the verdict says nothing
            return passes;
        }
    }

    // What hangs never comes back to be counted, so those who come look at it: one of them in each sixteenth of the threshold.
    private TransitionReason Verdict<TSteps>(CircuitEpoch epoch, CircuitBreakerSettings settings, long now)
        where TSteps : struct, ISteps =>
        epoch.Health!.InFlight is { } inFlight && inFlight.IsWorthALook<TSteps>(now) ? epoch.Health.Judge<TSteps>(settings, now, suspected: IsSuspected(now)) : TransitionReason.None;

    private void ExitCall<TSteps>(
        in CallToken token, CircuitEpoch epoch, CircuitHealth health, CircuitBreakerSettings settings, CallResult result, TimeSpan? retryAfter, long now)
        where TSteps : struct, ISteps
    {
        var slow = settings.TimesCalls && now - token.Started >= settings.SlowCall;
        switch (result)
        {
            case CallResult.Success when !slow:
                health.Succeeded<TSteps>(now);
                break;

            case CallResult.Success or CallResult.Failure:
                var run = health.Record<TSteps>(result == CallResult.Failure, slow, now);
                if (health.Judge<TSteps>(settings, now, run, IsSuspected(now)) is var reason and not TransitionReason.None)
                {
                    Trip<TSteps>(epoch, settings, reason, now);
                }

                break;

            case CallResult.Throttled when retryAfter > TimeSpan.Zero && settings.MaxThrottledBreak > 0:
                Pause<TSteps>(epoch, settings, retryAfter.Value, now);
                break;
        }
    }

    private void ExitProbe<TSteps>(
        in CallToken token, CircuitEpoch epoch, CircuitBreakerSettings settings, CallResult result, TimeSpan? retryAfter, long now)
        where TSteps : struct, ISteps
    {
        if (!epoch.Probes!.TryReturn<TSteps>(token.Slot, token.LeaseEnd, now))
        {
            CountLate();
            return;
        }

        var slow = settings.TimesCalls && now - token.Started >= settings.SlowCall;
        switch (result)
        {
            case CallResult.Success when !slow:
                if (epoch.Probes.Succeeded<TSteps>() >= settings.RequiredProbeSuccesses)
                {
                    var next = settings.Ramp > 0 ? BreakerState.Ramping : BreakerState.Closed;
                    Move<TSteps>(epoch, next, TransitionReason.ProbesSucceeded, epoch.Relapses, now);
                }

                break;

            case CallResult.Success or CallResult.Failure:
                Trip<TSteps>(epoch, settings, TransitionReason.ProbeFailed, now);
                break;

            case CallResult.Throttled when retryAfter > TimeSpan.Zero && settings.MaxThrottledBreak > 0:
                Pause<TSteps>(epoch, settings, retryAfter.Value, now);
                break;

            case CallResult.Throttled: // it works, yet asks for less without saying for how long: as long as the last time
                Open<TSteps>(epoch, settings, TransitionReason.Throttled, Math.Max(0, epoch.Relapses), now);
                break;
        }
    }

    private void CountLate()
    {
        Interlocked.Increment(ref _late);
        CircuitBreakerTelemetry.Called(Name, CircuitBreakerTelemetry.Late);
    }
}
