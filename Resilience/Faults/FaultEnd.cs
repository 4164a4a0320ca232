namespace Resilience.Faults;

/// <summary>Why a fault is over.</summary>
public enum FaultEnd
{
    /// <summary>It isn't.</summary>
    None,

    /// <summary>Its time to live is over.</summary>
    Expired,

    /// <summary>It was taken away, or replaced by another of its name.</summary>
    Removed,

    /// <summary>It has struck as many calls as it may.</summary>
    Spent,

    /// <summary>Too many requests failed that it didn't strike itself.</summary>
    Aborted,
}
