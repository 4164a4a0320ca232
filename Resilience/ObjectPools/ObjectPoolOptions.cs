using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.ObjectPools;

/// <summary>Says how many objects a pool keeps, for how long, and what happens when all of them are out.</summary>
public sealed class ObjectPoolOptions
{
    /// <summary>Gets or sets how many objects the pool knows at most, idle ones and those that are out together.</summary>
    /// <value>A number of objects from 1 to 65536; 64 by default. Higher keeps more memory and makes fewer objects anew after a burst.</value>
    [Range(1, 65_536)]
    public int MaxSize { get; set; } = 64;

    /// <summary>Gets or sets a value indicating whether no more than <see cref="MaxSize"/> objects exist.</summary>
    /// <value>
    /// False by default: when all are out, more are made, and kept at their return if there is room. True refuses then, and
    /// <see cref="TrackedObjectPool{T}.RentAsync"/> waits.
    /// </value>
    public bool IsBounded { get; set; }

    /// <summary>Gets or sets how long a rent of a bounded pool waits for an object.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:00:01 by default. Higher turns fewer away and serves more of them too late.</value>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how many rents of a bounded pool may wait at a time.</summary>
    /// <value>A number of rents from 0 to 100000; 1000 by default. Higher rides out a longer burst, and lets a lasting shortage slow everybody.</value>
    [Range(0, 100_000)]
    public int MaxWaiters { get; set; } = 1_000;

    /// <summary>Gets or sets how long an object is used before it is thrown away and made anew.</summary>
    /// <value>A time from 00:00:00.0010000 to 365.00:00:00; null by default, which is for ever. Set, it costs a look at the clock.</value>
    [TimeRange("00:00:00.0010000", "365.00:00:00")]
    public TimeSpan? MaxLifetime { get; set; }

    /// <summary>Gets or sets a value indicating whether idle objects are thrown away by themselves when a full collection finds memory short.</summary>
    /// <value>True by default: half of them from 70 % of what the runtime calls a high load, all from 90 %. False for what is dear to make.</value>
    public bool TrimsUnderPressure { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether a double return throws, beside being refused and counted.</summary>
    /// <value>False by default. True shows the stack of who does it: for development and tests.</value>
    public bool ThrowOnMisuse { get; set; }
}
