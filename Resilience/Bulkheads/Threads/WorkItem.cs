namespace Resilience.Bulkheads;

/// <summary>Work that waits for a thread or runs on one: a link of the queue's list, and what the queue and the thread must know of it.</summary>
internal abstract class WorkItem
{
    public WorkItem? Next { get; set; }

    public WorkItem? Previous { get; set; }

    public bool IsQueued { get; set; }

    /// <summary>Gets or sets the caller's context: his culture, his activity, his async-locals. Null where he held it back.</summary>
    public ExecutionContext? Context { get; set; }

    /// <summary>Gets or sets when the caller has no use for it any more, in the clock's milliseconds; <see cref="long.MaxValue"/> for never.</summary>
    public long Due { get; set; }

    public long Since { get; set; }

    /// <summary>Gets or sets the thread whose synchronous work handed it in, and waits for it; null where nobody's did.</summary>
    public BulkheadThread? Parent { get; set; }

    /// <summary>Gets or sets which of the parent's works that was.</summary>
    public long ParentWork { get; set; }

    /// <summary>Gets or sets a value indicating whether whatever it hands in itself can only be waited for by blocking.</summary>
    public bool IsSynchronous { get; set; }

    /// <summary>Gets a value indicating whether it returned to its thread but is not over: it goes on elsewhere.</summary>
    public virtual bool IsPending => false;

    /// <summary>Gets or sets a value indicating whether a thread had nothing else to do when it was handed in, so that it begins in a moment.</summary>
    public bool IsNext { get; set; }

    /// <summary>Runs the caller's code, in the caller's context, and keeps how it ended. Never throws.</summary>
    public abstract void Invoke();

    /// <summary>Tells the caller how it ended, on a thread of the thread pool.</summary>
    public abstract void Complete();

    /// <summary>Tells the caller that it was never begun.</summary>
    public abstract void Refuse(Exception exception);
}
