namespace Resilience.Attributes;

/// <summary>Stops calling a method for a while once too many of its calls fail.</summary>
/// <remarks>
/// What isn't set here has the default of the breaker's options. On an interface each of its methods has a breaker of its own; the method's own
/// attribute takes its place, whole.
/// </remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Interface)]
public sealed class CircuitBreakerAttribute : Attribute
{
    /// <summary>Gets or sets the share of calls that must fail for it to open.</summary>
    /// <value>A ratio from 0.01 to 0.99.</value>
    public double FailureRatio { get; set; }

    /// <summary>Gets or sets how many failures in a row open it.</summary>
    /// <value>A number from 1 up.</value>
    public int ConsecutiveFailures { get; set; }

    /// <summary>Gets or sets how many calls the window must hold before the ratio counts.</summary>
    /// <value>A number from 1 up.</value>
    public int MinimumThroughput { get; set; }

    /// <summary>Gets or sets how far back calls are remembered.</summary>
    /// <value>A time, such as <c>"30s"</c>.</value>
    public string? SamplingDuration { get; set; }

    /// <summary>Gets or sets the time from which on a call is slow.</summary>
    /// <value>A time, such as <c>"1s"</c>.</value>
    public string? SlowCallThreshold { get; set; }

    /// <summary>Gets or sets the share of calls that must be slow for it to open.</summary>
    /// <value>A ratio from 0.01 to 0.99.</value>
    public double SlowCallRatio { get; set; }

    /// <summary>Gets or sets how long the first break lasts; each relapse doubles it.</summary>
    /// <value>A time, such as <c>"5s"</c>.</value>
    public string? BreakDuration { get; set; }

    /// <summary>Gets or sets what a break never exceeds.</summary>
    /// <value>A time, such as <c>"2m"</c>.</value>
    public string? MaxBreakDuration { get; set; }

    /// <summary>Gets or sets how many probes may be under way at a time after a break.</summary>
    /// <value>A number from 1 up.</value>
    public int ProbeCount { get; set; }

    /// <summary>Gets or sets how many probes must succeed before it lets more calls in.</summary>
    /// <value>A number from 1 up.</value>
    public int RequiredProbeSuccesses { get; set; }

    /// <summary>Gets or sets how long it takes until all calls are let in again.</summary>
    /// <value>A time, such as <c>"10s"</c>; <c>"0s"</c> closes at once.</value>
    public string? RampDuration { get; set; }
}
