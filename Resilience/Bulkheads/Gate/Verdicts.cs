namespace Resilience.Bulkheads;

/// <summary>The waiters that were decided on under the lock, to be told after it: whoever is told may run code of its own.</summary>
internal struct Verdicts
{
    private PermitWaiter? _first;
    private PermitWaiter? _last;

    public void Add(PermitWaiter waiter)
    {
        if (_last is null)
        {
            _first = waiter;
        }
        else
        {
            _last.Next = waiter;
        }

        _last = waiter;
    }

    public readonly void Tell()
    {
        for (var waiter = _first; waiter is not null;)
        {
            var next = waiter.Next; // before it is told: one who was told may be in another queue already
            waiter.Next = null;
            waiter.Tell();
            waiter = next;
        }
    }
}
