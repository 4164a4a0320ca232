namespace Resilience.Recovery;

/// <summary>Why an action was held back.</summary>
public enum RecoverySuppression
{
    /// <summary>It wasn't.</summary>
    None,

    /// <summary>An action that was given up is still running.</summary>
    Busy,

    /// <summary>The procedure acted a short while ago.</summary>
    CoolDown,

    /// <summary>The procedure acted several times in a row, and it didn't help.</summary>
    GivenUp,

    /// <summary>All procedures together have acted as often as they may.</summary>
    Budget,

    /// <summary>As many other instances act as may at a time, or nobody could say how many do.</summary>
    Lease,
}
