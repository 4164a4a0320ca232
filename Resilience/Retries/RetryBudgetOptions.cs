using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Retries;

/// <summary>Says how many retries a dependency may be sent for the calls that it is sent.</summary>
public sealed class RetryBudgetOptions
{
    /// <summary>Gets or sets how many retries each call pays for.</summary>
    /// <value>A ratio from 0 to 1; 0.2 by default, so that a dead dependency gets at most 1.2 times its calls. Higher recovers more calls and heals later.</value>
    [Range(0.0, 1.0)]
    public double Ratio { get; set; } = 0.2;

    /// <summary>Gets or sets how many retries a second are allowed however few calls there are: a floor, not an addition.</summary>
    /// <value>A number of retries from 0 to 100000; 10 by default. At 0, a client with four calls an hour never retries.</value>
    [Range(0.0, 100_000.0)]
    public double MinRetriesPerSecond { get; set; } = 10;

    /// <summary>Gets or sets how far back calls pay for retries.</summary>
    /// <value>A time from 00:00:01 to 00:01:00; 00:00:10 by default. Longer allows larger bursts of retries after a quiet time.</value>
    [TimeRange("00:00:01", "00:01:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);
}
