namespace Resilience.Bulkheads;

/// <summary>One piece of work while it runs on a thread of a <see cref="ThreadBulkhead"/>: for a time-out to interrupt it, and nothing after it.</summary>
/// <remarks>A value that may be kept and copied; once the work is over it does nothing. Safe for concurrent use.</remarks>
public readonly record struct WorkHandle
{
    private readonly BulkheadThread? _thread;
    private readonly long _work;

    internal WorkHandle(BulkheadThread thread, long work)
    {
        _thread = thread;
        _work = work;
    }

    /// <summary>Interrupts the work where it blocks, or where it blocks next (<see cref="Thread.Interrupt"/>).</summary>
    /// <remarks>An interruption that the work doesn't come to feel ends with it: the thread's next work never sees it.</remarks>
    /// <returns>False when the work is over or was interrupted before, and for the default value.</returns>
    public bool Interrupt() => _thread?.Interrupt(_work) == true;
}
