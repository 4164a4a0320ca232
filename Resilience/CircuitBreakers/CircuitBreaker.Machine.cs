using Resilience.Outcomes;
using Resilience.Telemetry;

namespace Resilience.CircuitBreakers;

/// <content>The state machine: every way from one state to another.</content>
public sealed partial class CircuitBreaker
{
    private bool TryEnterGuarded(CircuitEpoch epoch, out CallToken token)
    {
        var now = _clock.Now;
        while (true)
        {
            var settings = _settings;
            switch (epoch.State)
            {
                case BreakerState.Closed or BreakerState.Ramping when Verdict(epoch, settings, now) is var reason and not TransitionReason.None:
                    epoch = Trip(epoch, settings, reason, now);
                    continue;

                case BreakerState.Open when now >= epoch.Until:
                    epoch = Move(epoch, BreakerState.HalfOpen, TransitionReason.BreakElapsed, epoch.Relapses, now);
                    continue;

                case BreakerState.Ramping when now >= epoch.Ramp!.End:
                    epoch = Move(epoch, BreakerState.Closed, TransitionReason.RampCompleted, epoch.Relapses, now);
                    continue;

                case BreakerState.HalfOpen when WithheldBy(epoch, settings, now) is null && epoch.Probes!.TryTake(now, settings.ProbeTimeout, out var slot, out var leaseEnd):
                    token = new(epoch, now, slot, leaseEnd);
                    return true;

                case BreakerState.Closed:
                case BreakerState.Ramping when epoch.Ramp!.Admits(now):
                    epoch.Health!.InFlight?.Enter(now);
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
    private TransitionReason Verdict(CircuitEpoch epoch, CircuitBreakerSettings settings, long now) =>
        epoch.Health!.InFlight is { } inFlight && inFlight.IsWorthALook(now) ? epoch.Health.Judge(settings, now, IsSuspected(now)) : TransitionReason.None;

    private void ExitCall(
        in CallToken token, CircuitEpoch epoch, CircuitHealth health, CircuitBreakerSettings settings, CallResult result, TimeSpan? retryAfter, long now)
    {
        var slow = settings.TimesCalls && now - token.Started >= settings.SlowCall;
        switch (result)
        {
            case CallResult.Success when !slow:
                health.Succeeded(now);
                break;

            case CallResult.Success or CallResult.Failure:
                health.Record(result == CallResult.Failure, slow, now);
                if (health.Judge(settings, now, IsSuspected(now)) is var reason and not TransitionReason.None)
                {
                    Trip(epoch, settings, reason, now);
                }

                break;

            case CallResult.Throttled when retryAfter > TimeSpan.Zero && settings.MaxThrottledBreak > 0:
                Pause(epoch, settings, retryAfter.Value, now);
                break;
        }
    }

    private void ExitProbe(
        in CallToken token, CircuitEpoch epoch, CircuitBreakerSettings settings, CallResult result, TimeSpan? retryAfter, long now)
    {
        if (!epoch.Probes!.TryReturn(token.Slot, token.LeaseEnd, now))
        {
            CountLate();
            return;
        }

        var slow = settings.TimesCalls && now - token.Started >= settings.SlowCall;
        switch (result)
        {
            case CallResult.Success when !slow:
                if (epoch.Probes.Succeeded() >= settings.RequiredProbeSuccesses)
                {
                    var next = settings.Ramp > 0 ? BreakerState.Ramping : BreakerState.Closed;
                    Move(epoch, next, TransitionReason.ProbesSucceeded, epoch.Relapses, now);
                }

                break;

            case CallResult.Success or CallResult.Failure:
                Trip(epoch, settings, TransitionReason.ProbeFailed, now);
                break;

            case CallResult.Throttled when retryAfter > TimeSpan.Zero && settings.MaxThrottledBreak > 0:
                Pause(epoch, settings, retryAfter.Value, now);
                break;

            case CallResult.Throttled: // it works, yet asks for less without saying for how long: as long as the last time
                Open(epoch, settings, TransitionReason.Throttled, Math.Max(0, epoch.Relapses), now);
                break;
        }
    }

    private CircuitEpoch Trip(CircuitEpoch epoch, CircuitBreakerSettings settings, TransitionReason reason, long now) =>
        Open(epoch, settings, reason, Relapses(epoch, settings, now) + 1, now);

    // Sustained health is time spent closed; a ramp that went well is not enough.
    private static int Relapses(CircuitEpoch epoch, CircuitBreakerSettings settings, long now) =>
        epoch.State == BreakerState.Closed && now - epoch.Since >= settings.GrowthReset ? -1 : epoch.Relapses;

    private CircuitEpoch Open(CircuitEpoch epoch, CircuitBreakerSettings settings, TransitionReason reason, int relapses, long now)
    {
        var length = BreakSchedule.Duration(settings.Break, settings.MaxBreak, relapses, settings.BreakJitter, Draw(settings));
        return Move(epoch, BreakerState.Open, reason, relapses, now, length);
    }

    private void Pause(CircuitEpoch epoch, CircuitBreakerSettings settings, TimeSpan asked, long now)
    {
        var length = BreakSchedule.Throttled((long)Math.Ceiling(asked.TotalMilliseconds), settings.MaxThrottledBreak, settings.BreakJitter, Draw(settings));
        Move(epoch, BreakerState.Open, TransitionReason.Throttled, Relapses(epoch, settings, now), now, length);
    }

    private void MoveByHand(BreakerState to, TransitionReason reason)
    {
        var now = _clock.Now;
        for (var epoch = _epoch; epoch.State != to; epoch = _epoch)
        {
            Move(epoch, to, reason, relapses: -1, now);
        }
    }

    // The one place where states change. Whoever comes with an epoch that is over has lost the race, and changes nothing.
    private CircuitEpoch Move(CircuitEpoch from, BreakerState to, TransitionReason reason, int relapses, long now, long length = 0)
    {
        if (_epoch.Number != from.Number)
        {
            return _epoch; // spares ten thousand callers at the end of a break the queue for the lock
        }

        CircuitTransition transition;
        CircuitEpoch next;
        lock (_pump)
        {
            if (_epoch.Number != from.Number)
            {
                return _epoch;
            }

            next = Begin(to, reason, from.Number + 1, relapses, now, now + length);
            transition = new(Name, next.Number, from.State, to, reason, After(length));
            _pump.Put(transition); // inside, so that they are told in the order in which they happened
            _epoch = next;
        }

        CircuitBreakerTelemetry.Trace(transition);
        return next;
    }

    private CircuitEpoch Begin(BreakerState state, TransitionReason reason, long number, int relapses, long now, long until)
    {
        var settings = _settings;
        return new()
        {
            Number = number,
            State = state,
            Reason = reason,
            Since = now,
            Relapses = relapses,
            Until = until,
            Health = state is BreakerState.Closed or BreakerState.Ramping ? new(settings) : null,
            Probes = state == BreakerState.HalfOpen ? new(settings.ProbeCount) : null,
            Ramp = state == BreakerState.Ramping ? new(now, Math.Max(1, settings.Ramp)) : null,
            PassesFreely = state == BreakerState.Closed && !settings.TimesCalls,
        };
    }

    void ITransitionListener.Heard(in CircuitTransition transition)
    {
        CircuitBreakerTelemetry.Changed(transition);
        var (heard, tell) = (transition, _settings.OnTransition);
        Guarded(() => tell?.Invoke(heard));
        foreach (var reference in _listeners)
        {
            if (reference.TryGetTarget(out var listener))
            {
                Guarded(() => listener.Heard(heard));
            }
        }
    }

    private double Draw(CircuitBreakerSettings settings)
    {
        var draw = 0.0;
        Guarded(() => draw = settings.Draw());
        return Math.Clamp(draw, 0, 1);
    }

#pragma warning disable CA1031 // A user's callback may throw anything, and must not break the breaker.
    private void Guarded(Action callback)
    {
        try
        {
            callback();
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception);
        }
    }
#pragma warning restore CA1031

    private void CountLate()
    {
        Interlocked.Increment(ref _late);
        CircuitBreakerTelemetry.Called(Name, CircuitBreakerTelemetry.Late);
    }
}
