namespace Resilience.Bulkheads;

/// <summary>Who waits, and who is next. Not safe for concurrent use: the gate's lock guards it. Every step is O(1) in the number of waiters.</summary>
internal sealed class WaitQueue(BulkheadQueueOrder order)
{
    private readonly Line[] _lines = new Line[order == BulkheadQueueOrder.Priority ? Bulkhead.HighestPriority + 1 : 1];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(PermitWaiter waiter, int priority)
    {
        waiter.Level = LevelOf(priority);
        waiter.IsQueued = true;
        ref var line = ref _lines[waiter.Level];
        (waiter.Previous, waiter.Next) = (line.Newest, null);
        if (line.Newest is null)
        {
            line.Oldest = waiter;
        }
        else
        {
            line.Newest.Next = waiter;
        }

        line.Newest = waiter;
        line.Count++;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Gets who is next: the oldest, the newest, or the oldest of the highest priority.</summary>
    public PermitWaiter? Peek()
    {
        for (var level = _lines.Length - 1; level >= 0; level--)
        {
            if (_lines[level].Oldest is { } oldest)
            {
                return order == BulkheadQueueOrder.Lifo ? _lines[level].Newest : oldest;
            }
        }

        return null;
    }

    /// <summary>Gets how many would be served before one who came now.</summary>
    public int Ahead(int priority)
    {
        var ahead = 0;
        for (var level = LevelOf(priority); level < _lines.Length && order != BulkheadQueueOrder.Lifo; level++)
        {
            ahead += _lines[level].Count;
        }

        return ahead;
    }

    /// <summary>Gets whom one who comes now pushes out of a full queue; null when nobody, so that the newcomer is refused.</summary>
    public PermitWaiter? Weakest(int priority)
    {
        if (order == BulkheadQueueOrder.Lifo)
        {
            return _lines[0].Oldest; // the oldest is the least likely to be still wanted
        }

        for (var level = 0; level < LevelOf(priority); level++)
        {
            if (_lines[level].Newest is { } newest)
            {
                return newest;
            }
        }

        return null;
    }

    public void Remove(PermitWaiter waiter)
    {
        ref var line = ref _lines[waiter.Level];
        if (waiter.Previous is null)
        {
            line.Oldest = waiter.Next;
        }
        else
        {
            waiter.Previous.Next = waiter.Next;
        }

        if (waiter.Next is null)
        {
            line.Newest = waiter.Previous;
        }
        else
        {
            waiter.Next.Previous = waiter.Previous;
        }

        (waiter.Previous, waiter.Next, waiter.IsQueued) = (null, null, false);
        line.Count--;
        Volatile.Write(ref _count, _count - 1);
    }

    /// <summary>Gets the oldest of each level, from which <see cref="PermitWaiter.Next"/> leads on.</summary>
    public IEnumerable<PermitWaiter> Lines()
    {
        for (var level = 0; level < _lines.Length; level++)
        {
            if (_lines[level].Oldest is { } oldest)
            {
                yield return oldest;
            }
        }
    }

    private int LevelOf(int priority) => order == BulkheadQueueOrder.Priority ? priority : 0;

    private struct Line
    {
        public PermitWaiter? Oldest;
        public PermitWaiter? Newest;
        public int Count;
    }
}
