namespace Resilience.Bulkheads;

/// <content>The steps that the queue is made of.</content>
internal sealed partial class WorkQueue
{
    // A thread that somebody interrupted between two works must not lose its way in here.
    private void Enter()
    {
        while (true)
        {
            try
            {
                _lock.Enter();
                return;
            }
            catch (ThreadInterruptedException) when (BulkheadThread.Current is { IsBusy: false })
            {
            }
        }
    }

    private void LookOn()
    {
        for (var look = 0; look < Looks && Volatile.Read(ref _queued) == 0 && !Volatile.Read(ref _closed); look++)
        {
            if (look < CloseLooks)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    // With this one, all threads would wait for work that only they could do.
    private bool TryBlock(BulkheadThread parent)
    {
        if (parent.Awaited == 0)
        {
            if (_blocked + 1 >= threads)
            {
                return false;
            }

            _blocked++;
        }

        parent.Awaited++;
        return true;
    }

    private void Append(WorkItem item)
    {
        (item.Previous, item.Next, item.IsQueued) = (_newest, null, true);
        if (_newest is null)
        {
            _oldest = item;
        }
        else
        {
            _newest.Next = item;
        }

        _newest = item;
        Volatile.Write(ref _queued, _queued + 1);
    }

    private void Unlink(WorkItem item)
    {
        if (item.Previous is null)
        {
            _oldest = item.Next;
        }
        else
        {
            item.Previous.Next = item.Next;
        }

        if (item.Next is null)
        {
            _newest = item.Previous;
        }
        else
        {
            item.Next.Previous = item.Previous;
        }

        (item.Previous, item.Next, item.IsQueued) = (null, null, false);
        Volatile.Write(ref _queued, _queued - 1);
    }
}
