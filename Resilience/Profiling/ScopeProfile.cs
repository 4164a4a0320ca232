namespace Resilience.Profiling;

/// <summary>What was measured at one place in the tree of scopes, over all threads.</summary>
public sealed record ScopeProfile
{
    /// <summary>Gets the name that the scope was opened with.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many scopes have ended here.</summary>
    public required long Count { get; init; }

    /// <summary>Gets how many scopes are open here now. One that only grows is never disposed.</summary>
    public required long Open { get; init; }

    /// <summary>Gets the time from opening to end, added up over the scopes that have ended; parallel ones count each for itself.</summary>
    public required TimeSpan Wall { get; init; }

    /// <summary>Gets the part of the time during which no scope inside was open.</summary>
    public required TimeSpan SelfWall { get; init; }

    /// <summary>Gets the CPU time of the code here and in all scopes inside.</summary>
    public required TimeSpan Cpu { get; init; }

    /// <summary>Gets the CPU time of the code here alone.</summary>
    public required TimeSpan SelfCpu { get; init; }

    /// <summary>Gets how many bytes were allocated here and in all scopes inside.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets how many bytes were allocated here alone.</summary>
    public required long SelfBytes { get; init; }

    /// <summary>Gets how long half of the scopes took at most; up to 12.5 % too high.</summary>
    public required TimeSpan Median { get; init; }

    /// <summary>Gets how long 99 of 100 scopes took at most; up to 12.5 % too high.</summary>
    public required TimeSpan P99 { get; init; }

    /// <summary>Gets the scopes inside, the longest first.</summary>
    public required IReadOnlyList<ScopeProfile> Children { get; init; }
}
