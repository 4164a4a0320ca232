using Resilience.CircuitBreakers;

namespace ServiceDefaults.Http;

/// <summary>A client's settings, and what they mean to the breakers of its destinations.</summary>
internal sealed class HttpClientSettings(string name, HttpResilienceOptions options)
{
    private const int ProbeTimeouts = 2; // a probe that takes longer than two attempts is lost

    public HttpResilienceOptions Options { get; } = options;

    /// <summary>Gets the options of a breaker; all of the client's have the same.</summary>
    public CircuitBreakerOptions BreakerWith(Action<CircuitTransition> onTransition) => new()
    {
        Name = name,
        FailureRatio = Options.BreakerFailureRatio,
        MinimumThroughput = Options.BreakerMinimumThroughput,
        ConsecutiveFailures = Options.BreakerMinimumThroughput, // as many in a row need no statistics
        SamplingDuration = Options.BreakerWindow,
        BreakDuration = Options.BreakerPause,
        MaxBreakDuration = Options.LongestBreakerPause,
        MaxThrottledBreak = Options.LongestThrottledPause,
        ProbeTimeout = Options.AttemptTimeout * ProbeTimeouts,
        OnTransition = onTransition,
        RampDuration = Options.BreakerPause, // a destination that was away for short comes back as fast
    };
}
