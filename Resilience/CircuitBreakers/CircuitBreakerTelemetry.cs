using System.Diagnostics;
using System.Diagnostics.Metrics;
using Resilience.Outcomes;
using Resilience.Telemetry;

namespace Resilience.CircuitBreakers;

/// <summary>Every name that circuit breakers show to an operator, and the one place they speak from.</summary>
internal static class CircuitBreakerTelemetry
{
    public const string StrategyName = "circuit-breaker";
    public const string Refused = "refused";
    public const string Late = "late";

    private static readonly LiveSet<CircuitBreaker> _breakers = new();

    private static readonly Counter<long> _calls = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.circuit_breaker.calls", "{call}", "Calls that circuit breakers guarded, by what became of them.");

    private static readonly Counter<long> _transitions = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.circuit_breaker.transitions", "{transition}", "Changes of state, by the state that began and why.");

    static CircuitBreakerTelemetry()
    {
        ResilienceTelemetry.Meter.CreateObservableUpDownCounter(
            "resilience.circuit_breaker.state", StatesNow, "{circuit_breaker}", "Circuit breakers of a name in each state: 1 or 0, unless partitions share the name.");
        ResilienceTelemetry.Meter.CreateObservableGauge(
            "resilience.circuit_breaker.failure_ratio", RatiosNow, "1", "The share of failed calls in the window; the worst, if partitions share the name.");
    }

    /// <summary>Shows a breaker from now on, for as long as anybody else holds it.</summary>
    /// <param name="breaker">The breaker.</param>
    public static void Show(CircuitBreaker breaker) => _breakers.Add(breaker);

    public static string NameOf(BreakerState state) => state switch
    {
        BreakerState.Closed => "closed",
        BreakerState.Open => "open",
        BreakerState.HalfOpen => "half_open",
        BreakerState.Ramping => "ramping",
        _ => "isolated",
    };

    public static void Called(string name, CallResult result)
    {
        if (_calls.Enabled)
        {
            Called(name, result switch
            {
                CallResult.Success => "success",
                CallResult.Failure => "failure",
                CallResult.Throttled => "throttled",
                _ => "neutral",
            });
        }
    }

    public static void Called(string name, string result) => _calls.Add(1, Tag(ResilienceTags.Name, name), Tag(ResilienceTags.Result, result));

    public static void Changed(in CircuitTransition transition) => _transitions.Add(
        1,
        Tag(ResilienceTags.Name, transition.Name),
        Tag(ResilienceTags.State, NameOf(transition.To)),
        Tag(ResilienceTags.Reason, NameOf(transition.Reason)));

    /// <summary>Notes a change on the span of the call that caused it.</summary>
    /// <param name="transition">The change.</param>
    public static void Trace(in CircuitTransition transition) => Activity.Current?.AddEvent(new("resilience.circuit_breaker.transition", tags: new()
    {
        { ResilienceTags.Name, transition.Name },
        { ResilienceTags.State, NameOf(transition.To) },
        { ResilienceTags.Reason, NameOf(transition.Reason) },
    }));

    public static string NameOf(TransitionReason reason) => reason switch
    {
        TransitionReason.ConsecutiveFailures => "consecutive_failures",
        TransitionReason.FailureRatio => "failure_ratio",
        TransitionReason.SlowCalls => "slow_calls",
        TransitionReason.Throttled => "throttled",
        TransitionReason.ProbeFailed => "probe_failed",
        TransitionReason.BreakElapsed => "break_elapsed",
        TransitionReason.ProbesSucceeded => "probes_succeeded",
        TransitionReason.RampCompleted => "ramp_completed",
        TransitionReason.IsolatedByHand => "isolated_by_hand",
        TransitionReason.ClosedByHand => "closed_by_hand",
        TransitionReason.BreakEndedByHand => "break_ended_by_hand",
        TransitionReason.Peers => "peers",
        _ => "none",
    };

    public static string NameOf(PeerVerdict verdict) => verdict switch
    {
        PeerVerdict.Suspicious => "suspicious",
        PeerVerdict.Confirmed => "confirmed",
        _ => "none",
    };

    private static IEnumerable<Measurement<long>> StatesNow() =>
        from named in _breakers.Snapshot().GroupBy(breaker => breaker.Name)
        from state in Enum.GetValues<BreakerState>()
        select new Measurement<long>(
            named.Count(breaker => breaker.State == state), Tag(ResilienceTags.Name, named.Key), Tag(ResilienceTags.State, NameOf(state)));

    private static IEnumerable<Measurement<double>> RatiosNow() =>
        from named in _breakers.Snapshot().GroupBy(breaker => breaker.Name)
        select new Measurement<double>(named.Max(breaker => breaker.Snapshot().FailureRatio), Tag(ResilienceTags.Name, named.Key));

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
