namespace Resilience.ConnectionPools;

/// <summary>Why a pool lent no connection.</summary>
public enum PoolRefusalReason
{
    /// <summary>All were in use for as long as the caller may wait (<see cref="ConnectionPoolOptions.AcquireTimeout"/>).</summary>
    Timeout,

    /// <summary>All have been in use for so long that waiting has become the rule: it is refused early (<see cref="ConnectionPoolOptions.QueueTarget"/>).</summary>
    StandingQueue,

    /// <summary>The caller's deadline ran out.</summary>
    Deadline,

    /// <summary>There is no connection, and connecting has failed repeatedly: it is refused at once.</summary>
    ServerAway,

    /// <summary>The pool is disposed.</summary>
    ShuttingDown,
}
