namespace Resilience.ObjectPools;

/// <summary>Why a bounded pool had no object.</summary>
public enum ObjectPoolExhaustion
{
    /// <summary>All objects were out, and the caller doesn't wait.</summary>
    AllInUse,

    /// <summary>As many waited as may.</summary>
    TooManyWaiters,

    /// <summary>It waited as long as it may.</summary>
    WaitTimeout,

    /// <summary>Its deadline passed first.</summary>
    Deadline,
}
