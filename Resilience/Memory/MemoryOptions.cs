using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Memory;

/// <summary>Says how much memory the process may use before something is done about it.</summary>
public sealed class MemoryOptions
{
    /// <summary>Gets or sets from when on pools are trimmed, caches shrunk and load is shed.</summary>
    /// <value>0.75 of what there is by default; not above <see cref="HardLimit"/>. Higher uses more of the memory, and leaves less time to act.</value>
    public MemoryLimit SoftLimit { get; set; } = MemoryLimit.OfAvailable(0.75);

    /// <summary>Gets or sets from when on tagged work is refused.</summary>
    /// <value>0.9 of what there is by default. Higher refuses less, and comes closer to being killed.</value>
    public MemoryLimit HardLimit { get; set; } = MemoryLimit.OfAvailable(0.9);

    /// <summary>Gets or sets how often memory is looked at.</summary>
    /// <value>A time from 00:00:00.0100000 to 01:00:00; 00:00:01 by default. Higher costs less, and sees a fast growth later.</value>
    [TimeRange("00:00:00.0100000", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how long after a forced collection there is no other; ten times that after one that was not productive; a tenth of it when tracked work has ended since that held as much as a productive one frees.</summary>
    /// <value>A time from 00:00:01 to 1.00:00:00; 00:01:00 by default. Lower stops the process more often.</value>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan CollectionInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets what share of the used memory a forced collection must free to count as productive.</summary>
    /// <value>A ratio from 0 to 1; 0.05 by default.</value>
    [Range(0.0, 1.0)]
    public double ProductiveRatio { get; set; } = 0.05;
}
