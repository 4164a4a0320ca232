namespace Resilience.Memory;

/// <summary>How the process is off for memory, and what was done about it.</summary>
public sealed record MemorySnapshot
{
    /// <summary>Gets the manager's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how short memory is.</summary>
    public required MemoryLevel Level { get; init; }

    /// <summary>Gets the last reading.</summary>
    public required MemoryReading Reading { get; init; }

    /// <summary>Gets the soft limit in bytes; null while what it is a share of isn't known, and then it doesn't hold.</summary>
    public required long? SoftLimit { get; init; }

    /// <summary>Gets the hard limit in bytes; null while what it is a share of isn't known, and then it doesn't hold.</summary>
    public required long? HardLimit { get; init; }

    /// <summary>Gets what is alive under each tag.</summary>
    public required IReadOnlyList<TagSnapshot> Tags { get; init; }

    /// <summary>Gets how often each stage was gone through.</summary>
    public required IReadOnlyDictionary<MemoryStage, long> Actions { get; init; }

    /// <summary>Gets how many collections were forced.</summary>
    public required long Collections { get; init; }

    /// <summary>Gets how many of them freed enough to be worth it.</summary>
    public required long ProductiveCollections { get; init; }

    /// <summary>Gets how often tagged work was refused.</summary>
    public required long Refused { get; init; }
}
