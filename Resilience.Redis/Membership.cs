using Resilience.CircuitBreakers;
using Resilience.Measurement;

namespace Resilience.Redis;

/// <summary>One breaker's part in the exchange. Used by one exchange at a time.</summary>
/// <remarks>Holds its breaker weakly: the exchange keeps no partition alive that was evicted.</remarks>
internal sealed class Membership : ITransitionListener
{
    private readonly WeakReference<CircuitBreaker> _breaker;
    private readonly MonotonicClock _clock;
    private readonly Action _wake;
    private long _refused;
    private long _demandUntil;
    private bool _mayHaveTurn;

    public Membership(string circuit, CircuitBreaker breaker, MonotonicClock clock, Action wake)
    {
        (Circuit, _breaker, _clock, _wake) = (circuit, new(breaker), clock, wake);
        _refused = breaker.Snapshot().Refused;
        breaker.Listen(this);
    }

    public string Circuit { get; }

    /// <summary>Gets whether its breaker is gone.</summary>
    public bool IsOver => !_breaker.TryGetTarget(out _);

    /// <summary>Says what its breaker has to tell.</summary>
    /// <param name="holds">For how long what it says holds.</param>
    /// <param name="leaving">Whether it is the last time.</param>
    /// <returns>The report.</returns>
    public PeerReport Report(TimeSpan holds, bool leaving)
    {
        if (leaving || !_breaker.TryGetTarget(out var breaker))
        {
            return new(Circuit, false, 0, 0, BreakerState.Closed, 0, ProbeTurn.Give, IsLeaving: true);
        }

        var snapshot = breaker.Snapshot();
        return new(Circuit, IsBad(snapshot), snapshot.Calls, snapshot.Failures, snapshot.State, snapshot.Epoch, TurnFor(snapshot, holds));
    }

    /// <summary>Hands on what the others say.</summary>
    /// <param name="evidence">What they say.</param>
    public void Heed(PeerEvidence evidence)
    {
        _mayHaveTurn = evidence.MayProbe;
        if (_breaker.TryGetTarget(out var breaker))
        {
            breaker.Heed(evidence);
        }
    }

    void ITransitionListener.Heard(in CircuitTransition transition) => _wake();

    // Not what it was told by others, or two would keep each other open for ever; not a wish for a pause, which may be meant for this process only; and
    // not a break that is over, since without calls nobody notices.
    private static bool IsBad(CircuitBreakerSnapshot snapshot) =>
        snapshot is { State: BreakerState.Open, Reason: not (TransitionReason.Peers or TransitionReason.Throttled) } && snapshot.BreakRemaining > TimeSpan.Zero;

    // Who is half-open and has nobody who calls would only keep the turn from others.
    private ProbeTurn TurnFor(CircuitBreakerSnapshot snapshot, TimeSpan holds)
    {
        if (snapshot.State == BreakerState.HalfOpen)
        {
            var now = _clock.Now;
            if (snapshot.Refused != _refused || snapshot.ProbesUnderWay > 0)
            {
                (_refused, _demandUntil) = (snapshot.Refused, now + (long)holds.TotalMilliseconds);
            }

            if (now < _demandUntil)
            {
                return ProbeTurn.Take;
            }
        }

        _refused = snapshot.Refused;
        return _mayHaveTurn ? ProbeTurn.Give : ProbeTurn.None;
    }
}
