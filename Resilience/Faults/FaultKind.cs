namespace Resilience.Faults;

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>A call takes longer.</summary>
    Latency,

    /// <summary>A call fails with an exception.</summary>
    Exception,

    /// <summary>A call is answered with an HTTP status instead of being done.</summary>
    Status,

    /// <summary>An answer's body comes in drips.</summary>
    SlowBody,

    /// <summary>A connection is reset instead of an answer.</summary>
    Abort,

    /// <summary>Processor time is burnt.</summary>
    Processor,

    /// <summary>Memory is held.</summary>
    Memory,

    /// <summary>Threads of the pool are blocked.</summary>
    ThreadPool,

    /// <summary>Connections are taken from their pool and held.</summary>
    PoolExhaustion,
}
