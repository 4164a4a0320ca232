namespace Resilience.CircuitBreakers;

/// <summary>Whether a circuit breaker acts on what it knows.</summary>
public enum BreakerMode
{
    /// <summary>Calls are refused while the state says so.</summary>
    Enforce,

    /// <summary>
    /// The states change, events and metrics tell what would have been refused, but every call passes: a rehearsal before the breaker is trusted.
    /// Only <see cref="CircuitBreaker.Isolate"/> still refuses, because somebody asked for it.
    /// </summary>
    MetricsOnly,
}
