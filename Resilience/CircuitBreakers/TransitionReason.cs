namespace Resilience.CircuitBreakers;

/// <summary>Why a circuit breaker changed its state.</summary>
public enum TransitionReason
{
    /// <summary>It has not changed yet.</summary>
    None,

    /// <summary>As many calls in a row failed as <see cref="CircuitBreakerOptions.ConsecutiveFailures"/> says.</summary>
    ConsecutiveFailures,

    /// <summary>Too large a share of the calls in the window failed.</summary>
    FailureRatio,

    /// <summary>Too large a share of the calls in the window was slow, those that have not returned yet included.</summary>
    SlowCalls,

    /// <summary>What is called asked for a pause.</summary>
    Throttled,

    /// <summary>A probe failed, or was slow.</summary>
    ProbeFailed,

    /// <summary>The break was over when a call came.</summary>
    BreakElapsed,

    /// <summary>Enough probes succeeded.</summary>
    ProbesSucceeded,

    /// <summary>The ramp was at its end when a call came.</summary>
    RampCompleted,

    /// <summary>Somebody isolated the breaker by hand.</summary>
    IsolatedByHand,

    /// <summary>Somebody closed the breaker by hand.</summary>
    ClosedByHand,

    /// <summary>Somebody ended the break by hand.</summary>
    BreakEndedByHand,

    /// <summary>Enough other processes found what is called broken.</summary>
    Peers,
}
