namespace Resilience.Bulkheads;

/// <summary>How a bulkhead is doing, and what it has done since it was made.</summary>
public sealed record BulkheadSnapshot
{
    /// <summary>Gets the name that its owner gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many calls may run at a time.</summary>
    public required int Limit { get; init; }

    /// <summary>Gets how many calls run now. More than <see cref="Limit"/> for a while after the limit was lowered.</summary>
    public required int InUse { get; init; }

    /// <summary>Gets how many calls wait now.</summary>
    public required int Queued { get; init; }

    /// <summary>Gets how many calls were let in. What was given back is this less <see cref="InUse"/>, once no call is on its way in or out.</summary>
    public required long Granted { get; init; }

    /// <summary>Gets how many calls gave up before they were let in.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Gets how many calls were refused since too many waited, or pushed out of the queue.</summary>
    public required long RejectedQueueFull { get; init; }

    /// <summary>Gets how many calls waited in vain.</summary>
    public required long RejectedQueueTimeout { get; init; }

    /// <summary>Gets how many calls were refused since their deadline was too close.</summary>
    public required long RejectedDeadline { get; init; }

    /// <summary>Gets how many calls were refused while it shut down.</summary>
    public required long RejectedShutdown { get; init; }

    /// <summary>Gets how often a permit was given back that had been given back before: each is a bug of a caller.</summary>
    public required long DoubleReleases { get; init; }

    /// <summary>Gets how long half of those who had to wait, and were let in, waited at most. Null while nobody had to.</summary>
    public required TimeSpan? QueueTimeMedian { get; init; }

    /// <summary>Gets how long 99 of 100 of those who had to wait, and were let in, waited at most. Null while nobody had to.</summary>
    public required TimeSpan? QueueTimeP99 { get; init; }

    /// <summary>Gets how many calls were refused, whyever.</summary>
    public long Rejected => RejectedQueueFull + RejectedQueueTimeout + RejectedDeadline + RejectedShutdown;
}
