namespace Resilience.CircuitBreakers;

/// <summary>What a circuit breaker judges by.</summary>
public enum SamplingWindow
{
    /// <summary>The calls of the last while: <see cref="CircuitBreakerOptions.SamplingDuration"/>.</summary>
    Time,

    /// <summary>The last so many calls: <see cref="CircuitBreakerOptions.SamplingCount"/>.</summary>
    Count,
}
