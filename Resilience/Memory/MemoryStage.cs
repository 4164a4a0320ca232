namespace Resilience.Memory;

/// <summary>When an action comes: what costs least goes first, and later ones only come if the earlier ones were not enough.</summary>
public enum MemoryStage
{
    /// <summary>Objects that are kept for reuse, and cost nothing but making them anew.</summary>
    TrimPools,

    /// <summary>Data that is kept to save asking for it again.</summary>
    ShrinkCaches,

    /// <summary>Work: whoever can turn some of it away is told. Also told once when memory is ample again.</summary>
    ShedLoad,
}
