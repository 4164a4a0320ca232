namespace Resilience.Bulkheads;

/// <summary>How a thread bulkhead is doing, and what it has done since it was made.</summary>
public sealed record ThreadBulkheadSnapshot
{
    /// <summary>Gets the name that its owner gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many threads it may have.</summary>
    public required int Threads { get; init; }

    /// <summary>Gets how many threads run somebody's code now.</summary>
    public required int Busy { get; init; }

    /// <summary>Gets how much work waits for a thread now.</summary>
    public required int Queued { get; init; }

    /// <summary>Gets how much work is accepted and not over: waiting, on a thread, or asynchronous and going on elsewhere.</summary>
    public required int Accepted { get; init; }

    /// <summary>Gets how much work has run on the threads.</summary>
    public required long Completed { get; init; }

    /// <summary>Gets how much work was cancelled before it began.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Gets how much work was interrupted since its caller cancelled it.</summary>
    public required long Interrupted { get; init; }

    /// <summary>Gets how much work was refused since too much waited.</summary>
    public required long RejectedQueueFull { get; init; }

    /// <summary>Gets how much work was refused since its deadline was too close.</summary>
    public required long RejectedDeadline { get; init; }

    /// <summary>Gets how much work was refused while it shut down.</summary>
    public required long RejectedShutdown { get; init; }

    /// <summary>Gets how long half of the work waited at most for its thread. Null while none has run.</summary>
    public required TimeSpan? QueueTimeMedian { get; init; }

    /// <summary>Gets how long 99 of 100 pieces of work waited at most for their thread. Null while none has run.</summary>
    public required TimeSpan? QueueTimeP99 { get; init; }

    /// <summary>Gets how much work was refused, whyever.</summary>
    public long Rejected => RejectedQueueFull + RejectedDeadline + RejectedShutdown;
}
