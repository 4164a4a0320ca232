namespace Resilience.Redis;

/// <summary>What a process wants of the turn to probe, which one process has at a time.</summary>
internal enum ProbeTurn
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>To have it, or to keep it.</summary>
    Take,

    /// <summary>To leave it to others, if it has it.</summary>
    Give,
}
