namespace Resilience.Memory;

/// <summary>How much memory is used, and how much there is, as of one moment.</summary>
public sealed record MemoryReading
{
    /// <summary>Gets how many bytes count against <see cref="Available"/> now.</summary>
    public required long Used { get; init; }

    /// <summary>Gets how many bytes the container or the machine gives; null when that can't be read.</summary>
    public required long? Available { get; init; }

    /// <summary>Gets where the two come from, such as <c>cgroup v2</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Gets how many bytes the managed heap holds now. Unlike the collector's own report, not only as of the last collection.</summary>
    public required long Heap { get; init; }

    /// <summary>Gets how many bytes the collector lets the heap grow to; it may lie under <see cref="Available"/>.</summary>
    public required long? HeapAvailable { get; init; }

    /// <summary>Gets how many full collections there were.</summary>
    public required int FullCollections { get; init; }
}
