using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Timeouts;

/// <summary>Says how an operation's time is learnt from how long the operation takes: a quantile, times a factor, between bounds.</summary>
public sealed class AdaptiveTimeoutOptions
{
    /// <summary>Gets or sets the share of calls that must fit.</summary>
    /// <value>A ratio from 0.5 to 0.9999; 0.995 by default.</value>
    [Range(0.5, 0.9999)]
    public double Quantile { get; set; } = 0.995;

    /// <summary>Gets or sets how much longer than that quantile a call may take.</summary>
    /// <value>A factor from 1 to 10; 2 by default.</value>
    [Range(1.0, 10.0)]
    public double Factor { get; set; } = 2;

    /// <summary>Gets or sets the shortest time, however fast the operation is.</summary>
    /// <value>A time from 00:00:00.0010000 to 1.00:00:00; 00:00:00.0500000 by default.</value>
    [TimeRange("00:00:00.0010000", "1.00:00:00")]
    public TimeSpan Minimum { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets the longest time, however slow the operation is.</summary>
    /// <value>A time from 00:00:00.0010000 to 1.00:00:00; 00:00:10 by default.</value>
    [TimeRange("00:00:00.0010000", "1.00:00:00")]
    public TimeSpan Maximum { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how many calls must have been timed before the operation's set time is replaced.</summary>
    /// <value>A number of calls from 1 to 10000; 100 by default.</value>
    [Range(1, 10_000)]
    public int MinimumSamples { get; set; } = 100;
}
