using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Health;

/// <summary>How often a component is checked, and how sure one must be before it is said to have changed.</summary>
/// <remarks>The defaults are those of HAProxy's checks (<i>Configuration Manual</i>, 5.2, "inter", "rise", "fall"), and so is the quicker pace while in doubt ("fastinter").</remarks>
public sealed class HealthPace
{
    /// <summary>Gets or sets how long after a check has ended the next one begins. While a change is in doubt, a quarter of it.</summary>
    /// <value>A time from 00:00:00.1000000 to 01:00:00; 2 s by default. Longer costs less, and finds out later.</value>
    [TimeRange("00:00:00.1000000", "01:00:00")]
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets by how much of the period checks are spread, so that a fleet that started together doesn't ask together.</summary>
    /// <value>A ratio from 0 to 0.5; 0.1 by default.</value>
    [Range(0.0, 0.5)]
    public double Jitter { get; set; } = 0.1;

    /// <summary>Gets or sets how long a check may take. One that takes longer has failed, and no other begins before it has ended.</summary>
    /// <value>A time from 00:00:00.0100000 to 00:05:00; 1 s by default.</value>
    [TimeRange("00:00:00.0100000", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how many results in a row must be better before a component is said to be better.</summary>
    /// <value>A number of results from 1 to 100; 2 by default. One that was never healthy needs a single one.</value>
    [Range(1, 100)]
    public int Rise { get; set; } = 2;

    /// <summary>Gets or sets how many results in a row must be worse before a component is said to be worse.</summary>
    /// <value>A number of results from 1 to 100; 3 by default.</value>
    [Range(1, 100)]
    public int Fall { get; set; } = 3;
}
