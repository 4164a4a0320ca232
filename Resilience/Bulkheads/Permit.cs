namespace Resilience.Bulkheads;

/// <summary>Leave to run one call. Dispose it when the call is over, whichever way it ended.</summary>
/// <remarks>
/// A value of 16 bytes that may be copied: all copies are the same leave, and the first that gives it back ends it for all. It knows which of
/// its permit's uses it is, so that giving back twice, even long after and while the permit is out to somebody else, changes nothing and is
/// counted (<see cref="BulkheadSnapshot.DoubleReleases"/>). The default value is no leave at all, and disposing it does nothing. Safe for concurrent use.
/// </remarks>
public readonly record struct Permit : IDisposable
{
    private readonly Bulkhead? _bulkhead;
    private readonly Ticket _ticket;

    internal Permit(Bulkhead bulkhead, Ticket ticket)
    {
        _bulkhead = bulkhead;
        _ticket = ticket;
    }

    internal Ticket Ticket => _ticket;

    /// <summary>Gives the leave back, to who has waited for it if somebody has. A second time is harmless, and counted.</summary>
    public void Dispose() => _bulkhead?.Exit(_ticket);

    /// <summary>Gives the leave back, and takes a second time for the bug that it is.</summary>
    /// <exception cref="InvalidOperationException">It was given back before.</exception>
    public void Release()
    {
        if (_bulkhead?.Exit(_ticket) == false)
        {
            throw new InvalidOperationException(
                $"A permit of bulkhead '{_bulkhead.Name}' was given back twice. Give it back where it was taken, once; nothing was released this time.");
        }
    }
}
