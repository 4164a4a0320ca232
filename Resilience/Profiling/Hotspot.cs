namespace Resilience.Profiling;

/// <summary>What a name has cost, wherever in the tree it stands.</summary>
/// <remarks>A scope inside another of the same name adds to what is its own, and not to the totals: the outer one has that in it.</remarks>
public sealed record Hotspot
{
    /// <summary>Gets the name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many scopes of this name have ended.</summary>
    public required long Count { get; init; }

    /// <summary>Gets the time from opening to end.</summary>
    public required TimeSpan Wall { get; init; }

    /// <summary>Gets the part of the time during which no scope inside was open.</summary>
    public required TimeSpan SelfWall { get; init; }

    /// <summary>Gets the CPU time, with all scopes inside.</summary>
    public required TimeSpan Cpu { get; init; }

    /// <summary>Gets the CPU time of the code in it alone.</summary>
    public required TimeSpan SelfCpu { get; init; }

    /// <summary>Gets how many bytes were allocated, with all scopes inside.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets how many bytes were allocated by the code in it alone.</summary>
    public required long SelfBytes { get; init; }
}
