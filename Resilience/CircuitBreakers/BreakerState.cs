namespace Resilience.CircuitBreakers;

/// <summary>What a circuit breaker does with calls at the moment.</summary>
public enum BreakerState
{
    /// <summary>Every call passes, and its result is counted.</summary>
    Closed,

    /// <summary>Every call is refused until the break is over.</summary>
    Open,

    /// <summary>A few probes pass, to find out whether what is called works again; all other calls are refused.</summary>
    HalfOpen,

    /// <summary>The probes came back well: a share of the calls passes that grows in steps, so that what has just got up isn't run over.</summary>
    Ramping,

    /// <summary>Every call is refused until somebody closes the breaker by hand.</summary>
    Isolated,
}
