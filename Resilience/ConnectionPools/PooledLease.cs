using System.Diagnostics.CodeAnalysis;

namespace Resilience.ConnectionPools;

/// <summary>A connection that is lent. Dispose it to give it back, whichever way the work ended.</summary>
/// <remarks>
/// A value of 16 bytes that may be copied: all copies are the same lease, and the first that gives it back ends it for all. It knows which of its
/// connection's uses it is. So giving back twice changes nothing and is counted (<see cref="ConnectionPoolSnapshot.StaleReturns"/>), and
/// <see cref="Connection"/> refuses afterwards, even when the connection is out to somebody else by then. Safe for concurrent use.
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
public readonly struct PooledLease<T> : IDisposable, IEquatable<PooledLease<T>>
    where T : class
{
    private readonly PoolEntry<T>? _entry;
    private readonly long _use;

    internal PooledLease(PoolEntry<T> entry, long use) => (_entry, _use) = (entry, use);

    /// <summary>Gets a value indicating whether the connection is still this lease's.</summary>
    public bool IsHeld => _entry is not null && _entry.Use == _use;

    /// <summary>Gets the connection. Keep the lease rather than the connection: only the lease knows when it is over.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public T Connection
    {
        get
        {
            if (!IsHeld)
            {
                ThrowOver();
            }

            return _entry!.Connection!;
        }
    }

    /// <summary>Says whether two leases are of one use of one connection.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when they are.</returns>
    public static bool operator ==(PooledLease<T> left, PooledLease<T> right) => left.Equals(right);

    /// <summary>Says whether two leases are of different uses.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when they are.</returns>
    public static bool operator !=(PooledLease<T> left, PooledLease<T> right) => !left.Equals(right);

    /// <summary>Has the connection closed, and not used again, when the lease is given back: it failed, or is in a state that nobody knows.</summary>
    public void Invalidate()
    {
        if (IsHeld)
        {
            _entry!.IsDoomed = true;
        }
    }

    /// <summary>Gives the connection back, to who has waited for it if somebody has. Doesn't wait for it to be reset or closed.</summary>
    public void Dispose() => _entry?.Pool.Return(_entry, _use);

    /// <inheritdoc />
    public bool Equals(PooledLease<T> other) => ReferenceEquals(_entry, other._entry) && _use == other._use;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is PooledLease<T> other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(_entry, _use);

    [DoesNotReturn]
    private void ThrowOver() => throw new ObjectDisposedException(
        nameof(PooledLease<T>),
        _entry is null
            ? "This lease has no connection: it is the default value. Ask a pool for one."
            : $"The connection was given back to pool '{_entry.Pool.Name}' and may be somebody else's now. Use it before the lease is disposed.");
}
