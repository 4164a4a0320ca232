using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Health;

/// <summary>When the thread pool is said to starve, and how many threads it may be given.</summary>
public sealed class ThreadPoolGuardOptions
{
    /// <summary>Gets or sets how often the pool is asked to run something, and how long that may take before the pool is given more threads.</summary>
    /// <value>A time from 00:00:00.0200000 to 00:00:10; 100 ms by default. Longer costs less, and lets requests wait longer.</value>
    [TimeRange("00:00:00.0200000", "00:00:10")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets up to how many threads the pool is made to have.</summary>
    /// <value>A number of threads from 1 to 32767; 512 by default. Each takes a stack, of which little is used by one that is blocked.</value>
    [Range(1, 32_767)]
    public int MaxThreads { get; set; } = 512;

    /// <summary>Gets or sets how long the pool must have answered in time before the added threads may go.</summary>
    /// <value>A time from 00:00:01 to 01:00:00; 10 s by default.</value>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan CalmAfter { get; set; } = TimeSpan.FromSeconds(10);
}
