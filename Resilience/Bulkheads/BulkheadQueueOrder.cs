namespace Resilience.Bulkheads;

/// <summary>Who of those who wait gets the next permit.</summary>
public enum BulkheadQueueOrder
{
    /// <summary>Who has waited longest. Nobody starves; under lasting overload everybody waits as long as the queue is.</summary>
    Fifo,

    /// <summary>
    /// Who came last, since his caller is the most likely to be there still. A newcomer pushes the oldest out of a full queue. The better
    /// order under overload with time-outs; the oldest may starve until their time in the queue is over.
    /// </summary>
    Lifo,

    /// <summary>
    /// Who has the highest priority, and of those who has waited longest. A newcomer pushes the newest of the lowest priority below its own out
    /// of a full queue. Low priorities may starve until their time in the queue is over.
    /// </summary>
    Priority,
}
