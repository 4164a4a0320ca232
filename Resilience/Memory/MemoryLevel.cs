namespace Resilience.Memory;

/// <summary>How short memory is.</summary>
public enum MemoryLevel
{
    /// <summary>It isn't.</summary>
    Ample,

    /// <summary>The soft limit is reached: what can be spared is given up.</summary>
    Soft,

    /// <summary>The hard limit is reached: tagged work is refused, before somebody kills the process.</summary>
    Hard,
}
