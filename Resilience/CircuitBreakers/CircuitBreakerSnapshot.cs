namespace Resilience.CircuitBreakers;

/// <summary>What a circuit breaker was like at one moment, to be shown to people and tests.</summary>
public sealed record CircuitBreakerSnapshot
{
    /// <summary>Gets the breaker's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets its state. An elapsed break or ramp is left when the next call comes, not before.</summary>
    public required BreakerState State { get; init; }

    /// <summary>Gets why it is in that state.</summary>
    public required TransitionReason Reason { get; init; }

    /// <summary>Gets the number of that state, which grows by one with each transition.</summary>
    public required long Epoch { get; init; }

    /// <summary>Gets how long it has been in that state.</summary>
    public required TimeSpan InState { get; init; }

    /// <summary>Gets how long the break still lasts; zero unless it is open.</summary>
    public required TimeSpan BreakRemaining { get; init; }

    /// <summary>Gets the share of calls that pass: 1 closed, 0 open or isolated, the ramp's share between; 0 half-open, where only probes pass.</summary>
    public required double AdmittedShare { get; init; }

    /// <summary>Gets how many breaks followed each other without sustained health between.</summary>
    public required int ConsecutiveBreaks { get; init; }

    /// <summary>Gets how many calls the window holds.</summary>
    public required long Calls { get; init; }

    /// <summary>Gets how many of them failed.</summary>
    public required long Failures { get; init; }

    /// <summary>Gets how many of them were slow, those that have not returned yet included.</summary>
    public required long SlowCalls { get; init; }

    /// <summary>Gets how many probes are under way.</summary>
    public required int ProbesUnderWay { get; init; }

    /// <summary>Gets how many calls were refused since the breaker was made; in metrics-only mode, would have been.</summary>
    public required long Refused { get; init; }

    /// <summary>Gets how many results came back too late to count since the breaker was made.</summary>
    public required long Late { get; init; }

    /// <summary>Gets what other processes say of what it guards; null if none do, or what they said no longer holds.</summary>
    public PeerEvidence? Peers { get; init; }

    /// <summary>Gets the share of failed calls in the window; 0 without calls.</summary>
    public double FailureRatio => Calls == 0 ? 0 : (double)Failures / Calls;
}
