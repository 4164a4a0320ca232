namespace Resilience.Bulkheads;

/// <summary>A thread of a bulkhead: runs one piece of work after the other, and lets only the one that is meant be interrupted.</summary>
internal sealed class BulkheadThread
{
    // The work's number, and in the lowest two bits where it is.
    private const long Idle = 0;
    private const long Running = 1;
    private const long Interrupting = 2;
    private const long Interrupted = 3;

    [ThreadStatic]
    private static BulkheadThread? _current;

    private readonly ThreadBulkhead _bulkhead;
    private readonly WorkQueue _queue;
    private readonly Thread _thread;
    private readonly object _park = new();
    private WorkItem? _work;
    private bool _woken;
    private long _phase;
    private long _completed;

    public BulkheadThread(ThreadBulkhead bulkhead, WorkQueue queue, string name, ThreadPriority priority)
    {
        _bulkhead = bulkhead;
        _queue = queue;
        _thread = new Thread(static thread => ((BulkheadThread)thread!).Run()) { Name = name, Priority = priority, IsBackground = true };
        _thread.UnsafeStart(this); // without the context of whoever happened to come first
    }

    public static BulkheadThread? Current => _current;

    public ThreadBulkhead Bulkhead => _bulkhead;

    /// <summary>Gets or sets the next of the queue's stack of parked threads; guarded by its lock.</summary>
    public BulkheadThread? NextParked { get; set; }

    /// <summary>Gets or sets how much work the running work handed in that is not over; guarded by the queue's lock.</summary>
    public int Awaited { get; set; }

    /// <summary>Gets or sets a value indicating whether the running work handed work in itself; only this thread touches it.</summary>
    public bool HandedIn { get; set; }

    /// <summary>Gets or sets which work is running, of those that handed work in; guarded by the queue's lock.</summary>
    public long WorkNumber { get; set; }

    public WorkItem? Work => Volatile.Read(ref _work);

    public bool IsBusy => (Volatile.Read(ref _phase) & 3) != Idle;

    public long Completed => Volatile.Read(ref _completed);

    public WorkHandle Handle => new(this, _phase >> 2);

    public bool Interrupt(long work)
    {
        if (Interlocked.CompareExchange(ref _phase, (work << 2) | Interrupting, (work << 2) | Running) != ((work << 2) | Running))
        {
            return false;
        }

        _thread.Interrupt();
        Volatile.Write(ref _phase, (work << 2) | Interrupted);
        return true;
    }

    public bool InterruptRunning() => Interrupt(Volatile.Read(ref _phase) >> 2);

    /// <summary>Interrupts the thread if it is this work that runs on it.</summary>
    public bool InterruptIf(WorkItem item)
    {
        // The phase first: if the work has changed by the second look, the number no longer fits and nothing happens.
        var phase = Volatile.Read(ref _phase);
        return ReferenceEquals(Work, item) && Interrupt(phase >> 2);
    }

    public void Wake()
    {
        lock (_park)
        {
            _woken = true;
            Monitor.Pulse(_park);
        }
    }

    public void Park()
    {
        while (true)
        {
            try
            {
                lock (_park)
                {
                    while (!_woken)
                    {
                        Monitor.Wait(_park);
                    }

                    _woken = false;
                    return;
                }
            }
            catch (ThreadInterruptedException)
            {
                // By code that kept hold of this thread after its work: not for us.
            }
        }
    }

    private void Run()
    {
        _current = this;
        var own = ExecutionContext.Capture()!;
        while (_queue.Take(this) is { } item)
        {
            if (item.Due != long.MaxValue && _bulkhead.RefuseIfLate(item))
            {
                continue;
            }

            _bulkhead.RecordWait(item);
            Begin(item);
            ExecutionContext.Run(item.Context ?? own, static item => ((WorkItem)item!).Invoke(), item);
            End(item);
            Volatile.Write(ref _completed, _completed + 1);
            if (!item.IsPending)
            {
                _queue.Finished(item);
            }

            item.Complete(); // the caller's from here on, and perhaps used again already
        }
    }

    private void Begin(WorkItem item)
    {
        Volatile.Write(ref _work, item);
        Volatile.Write(ref _phase, _phase | Running);
    }

    private void End(WorkItem item)
    {
        Volatile.Write(ref _work, null);
        var running = (_phase >> 2 << 2) | Running;
        if (Interlocked.CompareExchange(ref _phase, running & ~3, running) != running)
        {
            Absorb();
        }

        Volatile.Write(ref _phase, ((_phase >> 2) + 1) << 2);
        if (HandedIn)
        {
            HandedIn = false;
            _queue.Unblock(this);
        }
    }

    // The interruption was meant for the work that is over. If it didn't feel it, it is still on its way to whatever blocks next.
    private void Absorb()
    {
        try
        {
            while ((Volatile.Read(ref _phase) & 3) != Interrupted)
            {
                Thread.Yield(); // not a wait that the interruption could end: its sender has the last word on the phase
            }

            Thread.CurrentThread.Join(1);
        }
        catch (ThreadInterruptedException)
        {
        }
    }
}
