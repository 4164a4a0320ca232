namespace Resilience.Bulkheads;

/// <summary>How coming in went. The refusals stand in the order of <see cref="BulkheadRejectionReason"/>, one higher.</summary>
internal enum EntryKind
{
    Granted,
    QueueFull,
    QueueTimeout,
    DeadlineTooClose,
    ShuttingDown,
    Cancelled,
}
