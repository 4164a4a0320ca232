namespace Resilience.Memory;

/// <summary>What is alive under one tag, and whether it looks like a leak.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Bytes">How many bytes are accounted to it.</param>
/// <param name="Scopes">In how many pieces.</param>
/// <param name="GrowthPerSecond">By how many bytes a second what is left after full collections grows.</param>
/// <param name="LeakConfidence">How sure it is that it grows at all, from 0 to 1.</param>
public sealed record TagSnapshot(string Tag, long Bytes, long Scopes, double GrowthPerSecond, double LeakConfidence)
{
    /// <summary>Gets a value indicating whether it is 99 % sure that it grows.</summary>
    public bool IsSuspect => GrowthPerSecond > 0 && LeakConfidence >= 0.99;
}
