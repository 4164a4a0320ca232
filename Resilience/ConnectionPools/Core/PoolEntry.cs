using System.Diagnostics;

namespace Resilience.ConnectionPools;

/// <summary>A place for one connection, and what is known of it.</summary>
/// <remarks>
/// Belongs to one at a time: to who rents it, to the idle stack, or to the pool itself. Who owns it may write all but <see cref="Use"/> without more ado;
/// the hand-over is a compare-and-swap or a lock, and so a barrier. The place outlives the connection, so that its count of uses never starts anew:
/// a lease from long ago can't fit the connection of today.
/// </remarks>
internal sealed class PoolEntry<T>(ConnectionPool<T> pool, int index)
    where T : class
{
    private long _use;

    public ConnectionPool<T> Pool { get; } = pool;

    public int Index { get; } = index;

    /// <summary>Gets or sets the one below it on the idle stack; 0 for none, else its index and one.</summary>
    public int Below;

    public T? Connection { get; set; }

    /// <summary>Gets or sets whether it is to be closed when it comes back.</summary>
    public bool IsDoomed { get; set; }

    /// <summary>Gets or sets which connections of the pool it is one of; see <see cref="ConnectionPool{T}.EvictAll"/>.</summary>
    public int Generation { get; set; }

    public long ExpiresAt { get; set; }

    /// <summary>Gets or sets for how long it may lie idle: drawn once, so that not all of a burst's connections end together.</summary>
    public long MaxIdle { get; set; }

    public long RentedAt { get; set; }

    public long IdleSince { get; set; }

    /// <summary>Gets or sets when it was last known to work, by use or by a check.</summary>
    public long ProvenAt { get; set; }

    /// <summary>Gets or sets until when it can be lent without another look.</summary>
    public long FreshUntil { get; set; }

    /// <summary>Gets or sets who rented it, and for which use, for one of so many.</summary>
    public StackTrace? Borrower { get; set; }

    public long BorrowerUse { get; set; }

    /// <summary>Gets or sets the use that was reported as a leak.</summary>
    public long LeakUse { get; set; }

    /// <summary>Gets or sets whether the pool has it for a reset; else for a check.</summary>
    public bool IsResetting { get; set; }

    /// <summary>Gets which use it is in: odd while it is rented, even while it isn't.</summary>
    public long Use => Volatile.Read(ref _use);

    public bool IsRented => (Use & 1) != 0;

    /// <summary>Begins a use. By its owner only.</summary>
    public long Begin()
    {
        var use = _use + 1;
        Volatile.Write(ref _use, use);
        return use;
    }

    /// <summary>Ends a use, once.</summary>
    /// <returns>False when it was over already.</returns>
    public bool TryEnd(long use) => Interlocked.CompareExchange(ref _use, use + 1, use) == use;
}
