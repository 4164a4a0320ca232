namespace Resilience.Pipelines;

/// <summary>What partitions were like at one moment.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Capacity">How many there may be.</param>
/// <param name="Evicted">How many had to make room for others.</param>
/// <param name="Expired">How many were dropped because nobody asked for them.</param>
/// <param name="Overflowed">How often somebody was given the shared pipeline, because no partition could make room.</param>
public sealed record PartitionsSnapshot(string Name, int Count, int Capacity, long Evicted, long Expired, long Overflowed);
