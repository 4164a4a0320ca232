using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Resilience.Validation;

namespace Resilience.Pipelines;

/// <summary>Says how many partitions are kept, and for how long.</summary>
public sealed class PartitionOptions
{
    /// <summary>Gets or sets how many partitions are kept at most.</summary>
    /// <value>A number of partitions from 1 to 1000000; 1000 by default. About a kilobyte each.</value>
    [Range(1, 1_000_000)]
    public int Capacity { get; set; } = 1000;

    /// <summary>Gets or sets after how long a partition that nobody asks for is dropped.</summary>
    /// <value>A time from 00:00:01 to 1.00:00:00; 00:30:00 by default. It may take half as long again.</value>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    internal void Check(string name)
    {
        if (Capacity is < 1 or > 1_000_000)
        {
            throw Refuse(name, nameof(Capacity), Capacity, "1 to 1000000");
        }

        if (IdleTimeout < TimeSpan.FromSeconds(1) || IdleTimeout > TimeSpan.FromDays(1))
        {
            throw Refuse(name, nameof(IdleTimeout), IdleTimeout, "00:00:01 to 1.00:00:00");
        }
    }

    private static ValidationException Refuse(string name, string setting, object value, string range) => new(string.Create(
        CultureInfo.InvariantCulture, $"The partitions {name} can't be built: {setting} is {value}, but must be from {range}."));
}
