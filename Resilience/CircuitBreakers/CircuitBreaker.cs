using Resilience.Interleaving;
using Resilience.Measurement;
using Resilience.Outcomes;
using Resilience.Telemetry;

namespace Resilience.CircuitBreakers;

/// <summary>Stops calling what does not work, tries it now and then, and comes back in steps.</summary>
/// <remarks>
/// Safe for concurrent use. A call on a closed breaker costs one volatile read when it enters and one atomic count when it leaves; it takes no
/// lock and allocates nothing. A change of state takes a short lock that no user's code ever runs under. A call that outlives the state which
/// admitted it is counted as late and moves nothing.
/// Source: M. Nygard, <i>Release It!</i>, 2nd ed., Pragmatic Bookshelf 2018, ch. 5; the epoch of a call follows sony/gobreaker's generation.
/// </remarks>
public sealed partial class CircuitBreaker : ITransitionListener
{
    private readonly MonotonicClock _clock;
    private readonly TransitionPump _pump;
    private volatile CircuitBreakerSettings _settings;
    private volatile CircuitEpoch _epoch;
    private WeakReference<ITransitionListener>[] _listeners = [];
    private long _refused;
    private long _late;

    /// <summary>Initializes a closed breaker.</summary>
    /// <param name="name">What it is called in metrics, events and refusals: the dependency's name, never an id or a URL.</param>
    /// <param name="options">When it opens, for how long, and how it closes again; copied.</param>
    /// <param name="time">Where time comes from; the system's clock by default.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public CircuitBreaker(string name, CircuitBreakerOptions options, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);

        Name = name;
        _clock = time is null ? default : new(time);
        _pump = new(this);
        _settings = CircuitBreakerSettings.From(options);
        _epoch = Begin(BreakerState.Closed, TransitionReason.None, 0, -1, _clock.Now, 0);
        CircuitBreakerTelemetry.Show(this);
    }

    /// <summary>Gets what it is called.</summary>
    public string Name { get; }

    /// <summary>Gets its state. An elapsed break or ramp is left when the next call comes, not before.</summary>
    public BreakerState State => _epoch.State;

    /// <summary>Gets what it is set to.</summary>
    internal CircuitBreakerSettings Settings => _settings;

    /// <summary>Gets whether little is lost with it: it is closed, or nobody has called for so long after its break was over that it would no longer matter.</summary>
    internal bool HasNothingToRemember
    {
        get
        {
            var epoch = _epoch;
            return epoch.State == BreakerState.Closed
                || (epoch.State != BreakerState.Isolated && _clock.Now - epoch.Due(_clock.Now) > _settings.GrowthReset);
        }
    }

    /// <summary>Asks whether a call may be made.</summary>
    /// <param name="token">To be handed to <see cref="Exit(in CallToken, CallResult, TimeSpan?)"/> with the call's result, or to <see cref="Refusal"/> if it may not.</param>
    /// <returns>Whether it may.</returns>
    public bool TryEnter(out CallToken token) => TryEnter<Unwatched>(out token);

    /// <summary>Tells how a call went. Exactly once for each that was let in, also if it was cancelled.</summary>
    /// <param name="token">What <see cref="TryEnter"/> handed out.</param>
    /// <param name="result">What the call says about what it called.</param>
    /// <param name="retryAfter">The pause that was asked for along with <see cref="CallResult.Throttled"/>, if one was.</param>
    public void Exit(in CallToken token, CallResult result, TimeSpan? retryAfter = null) => Exit<Unwatched>(token, result, retryAfter);

    /// <summary>Says why a call may not be made, as an exception to return or to throw.</summary>
    /// <param name="token">What <see cref="TryEnter"/> handed out.</param>
    /// <returns>A new exception, without a stack until it is thrown.</returns>
    public CircuitBreakerRejectedException Refusal(in CallToken token)
    {
        var (epoch, now) = (token.Epoch ?? _epoch, _clock.Now);
        SpanNotes.Refused("circuit_breaker", Name);
        return epoch.State switch
        {
            BreakerState.Isolated => new(Name),
            BreakerState.HalfOpen => new(Name, epoch.State, After((WithheldBy(epoch, _settings, now)?.Until ?? epoch.Probes!.NextEnd(now)) - now)),
            BreakerState.Ramping => new(Name, epoch.State, After(epoch.Ramp!.NextStep(now) - now)),
            _ => new(Name, epoch.State, After(epoch.Until - now)),
        };
    }

    /// <summary>Refuses every call from now on, until <see cref="Close"/>.</summary>
    public void Isolate() => MoveByHand<Unwatched>(BreakerState.Isolated, TransitionReason.IsolatedByHand);

    /// <summary>Lets every call through again and forgets what was counted, whatever the state. Nothing happens if it is closed already.</summary>
    public void Close() => MoveByHand<Unwatched>(BreakerState.Closed, TransitionReason.ClosedByHand);

    /// <summary>Ends a break now: the next calls probe, as they would at its end. Nothing happens unless it is open.</summary>
    /// <remarks>For who has reason to believe that what is called is well again. Where <see cref="Close"/> lets all callers at it at once, this lets it prove itself.</remarks>
    public void EndBreak()
    {
        if (_epoch is { State: BreakerState.Open } epoch)
        {
            Move<Unwatched>(epoch, BreakerState.HalfOpen, TransitionReason.BreakEndedByHand, epoch.Relapses, _clock.Now);
        }
    }

    /// <summary>Goes on with other options, in the state that it is in and with what it has counted.</summary>
    /// <remarks>A break under way keeps its end, and probes under way their leases: the new values hold from the next one on.</remarks>
    /// <param name="options">The options; copied.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">
    /// <paramref name="options"/> has a value outside its range; the old ones stay.
    /// </exception>
    public void Update(CircuitBreakerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var settings = CircuitBreakerSettings.From(options);
        var now = _clock.Now;
        lock (_pump)
        {
            var before = _settings;
            _settings = settings;
            if (!settings.CountsAs(before))
            {
                _epoch = _epoch.Reshape(settings, now);
            }
        }
    }

    /// <summary>Gets what it is like now.</summary>
    /// <returns>Counts and state, which may be a call apart from each other while calls are made.</returns>
    public CircuitBreakerSnapshot Snapshot()
    {
        var (epoch, now) = (_epoch, _clock.Now);
        var counts = epoch.Health?.Read(now) ?? default;
        return new()
        {
            Name = Name,
            State = epoch.State,
            Reason = epoch.Reason,
            Epoch = epoch.Number,
            InState = After(now - epoch.Since),
            BreakRemaining = epoch.State == BreakerState.Open ? After(epoch.Until - now) : TimeSpan.Zero,
            AdmittedShare = epoch.State == BreakerState.Closed ? 1 : epoch.Ramp?.ShareAt(now) ?? 0,
            ConsecutiveBreaks = epoch.Relapses + 1,
            Calls = counts.Calls,
            Failures = counts.Failures,
            SlowCalls = counts.Slow,
            ProbesUnderWay = epoch.Probes?.UnderWay(now) ?? 0,
            Refused = Volatile.Read(ref _refused),
            Late = Volatile.Read(ref _late),
            Peers = PeersAt(now)?.Evidence,
        };
    }

    /// <summary>Tells a listener of every transition from now on.</summary>
    /// <param name="listener">Held weakly: a pipeline that is built anew and again must not pile up in a breaker that outlives it.</param>
    internal void Listen(ITransitionListener listener)
    {
        lock (_pump)
        {
            _listeners = [.. _listeners.Where(static other => other.TryGetTarget(out _)), new(listener)];
        }
    }

    private static TimeSpan After(long milliseconds) => TimeSpan.FromMilliseconds(Math.Max(0, milliseconds));
}
