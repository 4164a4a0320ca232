namespace Resilience.Bulkheads;

/// <summary>The bounded queue in front of the threads, and the threads that have nothing to do.</summary>
/// <remarks>
/// A linked list under a lock that is held for a few instructions: work that is cancelled leaves it at once and frees its place. A thread that
/// finds nothing looks on for some microseconds before it parks; one at most does so, and no parked thread is woken while it does, which is what
/// makes the hand-over fast. Threads are woken last in, first out, so that the caches of few stay warm.
/// </remarks>
internal sealed partial class WorkQueue(int threads, int capacity)
{
    private const int CloseLooks = 64; // some 3 µs
    private const int Looks = 128; // the later ones, which give way to other threads, some 30 µs: what a call back by the thread pool takes

    private static readonly bool _maySpin = Environment.ProcessorCount > 1;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkItem? _oldest;
    private WorkItem? _newest;
    private BulkheadThread? _parked;
    private int _queued;
    private int _accepted; // queued, running, or going on elsewhere
    private int _searching;
    private int _blocked; // threads whose synchronous work handed work in that is not over
    private bool _closed;

    public int Queued => Volatile.Read(ref _queued);

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Waits until all that was accepted is over.</summary>
    /// <returns>False when that took longer than <paramref name="patience"/>.</returns>
    public async Task<bool> DrainAsync(TimeSpan patience, TimeProvider time)
    {
        try
        {
            await _drained.Task.WaitAsync(patience, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Hands work in.</summary>
    public WorkAdmission Add(WorkItem item)
    {
        BulkheadThread? woken = null;
        Enter();
        try
        {
            if (_closed)
            {
                return WorkAdmission.Closed;
            }

            if (_accepted >= threads + capacity)
            {
                return WorkAdmission.Full;
            }

            if (item.Parent is { } parent && !TryBlock(parent))
            {
                return WorkAdmission.Deadlock;
            }

            Interlocked.Increment(ref _accepted);
            Append(item);
            item.IsNext = _queued == 1 && (_searching > 0 || _parked is not null);
            if (_queued > _searching && _parked is not null)
            {
                woken = _parked;
                _parked = woken.NextParked;
                _searching++; // it counts as looking already, so that the next work doesn't wake another for the same
            }
        }
        finally
        {
            _lock.Exit();
        }

        woken?.Wake();
        return WorkAdmission.Accepted;
    }

    /// <summary>Waits for work.</summary>
    /// <returns>Null when there will be none any more.</returns>
    public WorkItem? Take(BulkheadThread thread)
    {
        var searches = false;
        while (true)
        {
            Enter();
            if (searches)
            {
                _searching--;
            }

            if (_oldest is { } item)
            {
                Unlink(item);
                _lock.Exit();
                return item;
            }

            if (_closed)
            {
                _lock.Exit();
                return null;
            }

            var looksOn = !searches && _maySpin && _searching == 0;
            if (looksOn)
            {
                _searching++;
            }
            else
            {
                (thread.NextParked, _parked) = (_parked, thread);
            }

            _lock.Exit();
            if (looksOn)
            {
                LookOn();
            }
            else
            {
                thread.Park();
            }

            searches = true; // who is woken was counted by who woke him
        }
    }

    /// <summary>Takes work out that nobody has begun.</summary>
    /// <returns>False when it was begun, or taken out, before.</returns>
    public bool TryRemove(WorkItem item)
    {
        Enter();
        try
        {
            if (!item.IsQueued)
            {
                return false;
            }

            Unlink(item);
        }
        finally
        {
            _lock.Exit();
        }

        Finished(item);
        return true;
    }

    /// <summary>Takes the oldest work out that nobody has begun.</summary>
    public WorkItem? RemoveOldest()
    {
        WorkItem? oldest;
        Enter();
        try
        {
            oldest = _oldest;
            if (oldest is not null)
            {
                Unlink(oldest);
            }
        }
        finally
        {
            _lock.Exit();
        }

        if (oldest is not null)
        {
            Finished(oldest);
        }

        return oldest;
    }

    /// <summary>Notes that work is over, before its caller is told: he may hand in the next at once and find its place.</summary>
    public void Finished(WorkItem item)
    {
        if (item.Parent is { } parent)
        {
            Enter();
            if (parent.WorkNumber == item.ParentWork && --parent.Awaited == 0)
            {
                _blocked--;
            }

            _lock.Exit();
        }

        if (Interlocked.Decrement(ref _accepted) == 0 && Volatile.Read(ref _closed))
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Notes that a thread's work is over: what it handed in and didn't wait for blocks nobody any more.</summary>
    public void Unblock(BulkheadThread thread)
    {
        Enter();
        if (thread.Awaited > 0)
        {
            thread.Awaited = 0;
            _blocked--;
        }

        thread.WorkNumber++;
        _lock.Exit();
    }

    /// <summary>Accepts no more. Threads go on until the queue is empty, and end then.</summary>
    public void Close()
    {
        BulkheadThread? parked;
        Enter();
        (_closed, parked, _parked) = (true, _parked, null);
        for (var thread = parked; thread is not null; thread = thread.NextParked)
        {
            _searching++;
        }

        _lock.Exit();
        while (parked is not null)
        {
            var next = parked.NextParked;
            parked.Wake();
            parked = next;
        }

        if (Accepted == 0)
        {
            _drained.TrySetResult();
        }
    }
}
