using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace ServiceDefaults.Health;

/// <summary>From when on the machine under a service is short of something. Section <c>Resilience:Health:System</c>.</summary>
internal sealed class SystemHealthOptions
{
    public const string Section = "Resilience:Health:System";

    /// <summary>Gets or sets how much of the processors' time the process may use.</summary>
    /// <value>A ratio from 0.1 to 1; 0.95 by default.</value>
    [Range(0.1, 1.0)]
    public double MaxProcessorRatio { get; set; } = 0.95;

    /// <summary>Gets or sets how much of the disk under the service's files must be free.</summary>
    /// <value>A ratio from 0 to 0.9; 0.05 by default.</value>
    [Range(0.0, 0.9)]
    public double MinFreeDiskRatio { get; set; } = 0.05;

    /// <summary>Gets or sets how long the thread pool may let work wait.</summary>
    /// <value>A time from 00:00:00.0100000 to 00:01:00; 250 ms by default.</value>
    [TimeRange("00:00:00.0100000", "00:01:00")]
    public TimeSpan MaxThreadPoolDelay { get; set; } = TimeSpan.FromMilliseconds(250);
}
