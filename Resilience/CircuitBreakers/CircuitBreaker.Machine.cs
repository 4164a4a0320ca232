using Resilience.Interleaving;
using Resilience.Telemetry;

namespace Resilience.CircuitBreakers;

/// <content>The state machine: every way from one state to another.</content>
public sealed partial class CircuitBreaker
{
    internal void MoveByHand<TSteps>(BreakerState to, TransitionReason reason)
        where TSteps : struct, ISteps
    {
        var now = _clock.Now;
        for (var epoch = _epoch; epoch.State != to; epoch = _epoch)
        {
            Move<TSteps>(epoch, to, reason, relapses: -1, now);
        }
    }

    private CircuitEpoch Trip<TSteps>(CircuitEpoch epoch, CircuitBreakerSettings settings, TransitionReason reason, long now)
        where TSteps : struct, ISteps =>
        Open<TSteps>(epoch, settings, reason, Relapses(epoch, settings, now) + 1, now);

    // Sustained health is time spent closed; a ramp that went well is not enough.
    private static int Relapses(CircuitEpoch epoch, CircuitBreakerSettings settings, long now) =>
        epoch.State == BreakerState.Closed && now - epoch.Since >= settings.GrowthReset ? -1 : epoch.Relapses;

    private CircuitEpoch Open<TSteps>(CircuitEpoch epoch, CircuitBreakerSettings settings, TransitionReason reason, int relapses, long now)
        where TSteps : struct, ISteps
    {
        var length = BreakSchedule.Duration(settings.Break, settings.MaxBreak, relapses, settings.BreakJitter, Draw(settings));
        return Move<TSteps>(epoch, BreakerState.Open, reason, relapses, now, length);
    }

    private void Pause<TSteps>(CircuitEpoch epoch, CircuitBreakerSettings settings, TimeSpan asked, long now)
        where TSteps : struct, ISteps
    {
        var length = BreakSchedule.Throttled((long)Math.Ceiling(asked.TotalMilliseconds), settings.MaxThrottledBreak, settings.BreakJitter, Draw(settings));
        Move<TSteps>(epoch, BreakerState.Open, TransitionReason.Throttled, Relapses(epoch, settings, now), now, length);
    }

    // The one place where states change. Whoever comes with an epoch that is over has lost the race, and changes nothing.
    private CircuitEpoch Move<TSteps>(CircuitEpoch from, BreakerState to, TransitionReason reason, int relapses, long now, long length = 0)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        if (_epoch.Number != from.Number)
        {
            return _epoch; // spares ten thousand callers at the end of a break the queue for the lock
        }

        CircuitTransition transition;
        CircuitEpoch next;
        TSteps.Reach(); // and none inside: one write is all that anybody outside can see of it
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
}
