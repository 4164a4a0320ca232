using System.Runtime.InteropServices;

namespace Resilience.ObjectPools;

/// <summary>An object of a pool for as long as it is needed. Dispose it, and the object is the pool's again.</summary>
/// <remarks>
/// A value that may be copied: all copies are the same lease, and the first that returns ends it for all. It knows which of the object's uses it is,
/// so that returning twice changes nothing and is counted, and using it after that is found, even while the object is out to somebody else. The default
/// value is no lease. Safe for concurrent use, as far as the object is.
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PoolLease<T> : IDisposable
    where T : class
{
    private readonly TrackedObjectPool<T>? _pool;
    private readonly T? _item;
    private readonly Place _place;

    internal PoolLease(TrackedObjectPool<T> pool, T item, Place place)
    {
        _pool = pool;
        _item = item;
        _place = place;
    }

    /// <summary>Gets the object. Don't keep it beyond the lease.</summary>
    /// <exception cref="ObjectDisposedException">The lease is over: the object may be somebody else's by now.</exception>
    public T Value => _pool is not null && _pool.IsOut(_place)
        ? _item!
        : throw new ObjectDisposedException(nameof(PoolLease<>), "The lease is over, and its object may be somebody else's by now. Use the object before the lease is disposed.");

    /// <summary>Returns the object, to who has waited for it if somebody has. A second time is harmless, and counted.</summary>
    public void Dispose() => _pool?.Return(_item!, _place, keep: true);

    /// <summary>Ends the lease, and throws the object away: for one that is broken, or in a state that nobody knows.</summary>
    public void Discard() => _pool?.Return(_item!, _place, keep: false);
}
