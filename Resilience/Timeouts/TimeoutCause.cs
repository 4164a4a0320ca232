namespace Resilience.Timeouts;

/// <summary>Which bound a call ran into.</summary>
public enum TimeoutCause
{
    /// <summary>The operation's own time, as it was set.</summary>
    Operation,

    /// <summary>The operation's own time, as it was learnt from how long the operation takes.</summary>
    Adaptive,

    /// <summary>The deadline of the request that the call is part of, which came sooner.</summary>
    Deadline,
}
