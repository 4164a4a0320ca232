namespace Resilience.Memory;

/// <summary>What an action is told.</summary>
/// <param name="Level">How short memory is.</param>
/// <param name="Used">How many bytes are used.</param>
/// <param name="SoftLimit">The soft limit in bytes.</param>
/// <param name="HardLimit">The hard limit in bytes.</param>
public sealed record MemoryPressure(MemoryLevel Level, long Used, long SoftLimit, long HardLimit)
{
    /// <summary>Gets how far the way from the soft to the hard limit is gone.</summary>
    /// <value>A ratio from 0 to 1: a share of pools or caches to give up.</value>
    public double Severity => Level switch
    {
        MemoryLevel.Ample => 0,
        MemoryLevel.Hard => 1,
        _ => Math.Clamp((double)(Used - SoftLimit) / Math.Max(1, HardLimit - SoftLimit), 0, 1),
    };
}
