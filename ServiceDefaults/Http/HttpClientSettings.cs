using Resilience.CircuitBreakers;

namespace ServiceDefaults.Http;

/// <summary>A client's settings, and what they mean to the breakers of its destinations.</summary>
internal sealed class HttpClientSettings(string name, HttpResilienceOptions options)
{
    private const int ProbeTimeouts = 2; // a probe that takes longer than two attempts is lost

    public HttpResilienceOptions Options { get; } = options;

    /// <summary>Gets the options that all of the client's breakers have.</summary>
    public CircuitBreakerOptions Breaker { get; } = new()
    {
        Name = name,
        FailureRatio = options.BreakerFailureRatio,
        MinimumThroughput = options.BreakerMinimumThroughput,
        ConsecutiveFailures = options.BreakerMinimumThroughput, // as many in a row need no statistics
        SamplingDuration = options.BreakerWindow,
        BreakDuration = options.BreakerPause,
        MaxBreakDuration = options.LongestBreakerPause,
        MaxThrottledBreak = options.LongestThrottledPause,
        ProbeTimeout = options.AttemptTimeout * ProbeTimeouts,
        RampDuration = options.BreakerPause, // a destination that was away for short comes back as fast
    };
}
