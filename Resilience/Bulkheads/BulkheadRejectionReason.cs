namespace Resilience.Bulkheads;

/// <summary>Why a bulkhead let a call not in.</summary>
public enum BulkheadRejectionReason
{
    /// <summary>All permits are out and the queue is full, or a call of higher rank took its place there.</summary>
    QueueFull,

    /// <summary>It waited as long as the bulkhead lets a call wait.</summary>
    QueueTimeout,

    /// <summary>Its deadline would have passed before its turn, or left too little for the work itself.</summary>
    DeadlineTooClose,

    /// <summary>The bulkhead is being shut down.</summary>
    ShuttingDown,
}
