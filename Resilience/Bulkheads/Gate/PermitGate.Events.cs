namespace Resilience.Bulkheads;

/// <content>What happens to those who wait, other than that a permit comes free.</content>
internal sealed partial class PermitGate<TSteps>
{
    /// <summary>Lets more in, or fewer: those who wait and now fit come in at once; those who are in too many leave in their own time.</summary>
    public void Resize(int limit)
    {
        var told = default(Verdicts);
        using (Hold())
        {
            _ledger.Grow(limit); // before anyone may come in who needs it
            Replace(limit, static (word, limit) => GateWord.WithLimit(word, limit));
            Serve(ref told);
        }

        told.Tell();
    }

    /// <summary>Lets nobody in any more, and refuses those who wait.</summary>
    public void Close()
    {
        var told = default(Verdicts);
        using (Hold())
        {
            Replace(0, static (word, _) => word | GateWord.Closed);
            while (_queue.Peek() is { } waiter)
            {
                Leave(waiter, EntryKind.ShuttingDown, _clock.Now, ref told);
            }

            Settle();
        }

        told.Tell();
    }

    /// <summary>Refuses those whose time in the queue is over.</summary>
    /// <returns>When the next one's is; <see cref="long.MaxValue"/> for never.</returns>
    public long Expire()
    {
        var told = default(Verdicts);
        var next = long.MaxValue;
        using (Hold())
        {
            var now = _clock.Now;
            foreach (var oldest in _queue.Lines())
            {
                for (var waiter = oldest; waiter is not null;)
                {
                    var following = waiter.Next;
                    if (waiter.Due <= now)
                    {
                        Leave(waiter, waiter.DueKind, now, ref told);
                    }
                    else
                    {
                        next = Math.Min(next, waiter.Due);
                    }

                    waiter = following;
                }
            }

            Settle();
        }

        told.Tell();
        return next;
    }

    public void Cancel(PermitWaiter waiter)
    {
        var told = default(Verdicts);
        using (Hold())
        {
            if (!waiter.IsQueued)
            {
                return; // it was decided first: a permit that it got is its caller's to give back
            }

            Leave(waiter, EntryKind.Cancelled, _clock.Now, ref told);
            Settle();
        }

        told.Tell();
    }
}
