using System.Runtime.CompilerServices;
using Resilience.Interleaving;

namespace Resilience.ConnectionPools;

/// <summary>The idle connections, last in, first out: so the ones at the bottom are needed by nobody, and can go.</summary>
/// <remarks>
/// One word holds the top, how many there are, a guard and a tag that changes with every step, so that a step is one compare-and-swap and can't be
/// fooled by a top that went and came back. While the guard is set, the fast steps fail and everything goes through the pool's lock: that is how
/// waiters are served in order, and how the pool counts all of its connections as of one moment.
/// Source: R. K. Treiber, <i>Systems Programming: Coping with Parallelism</i>, IBM RJ 5118, 1986.
/// </remarks>
/// <typeparam name="T">A connection.</typeparam>
/// <typeparam name="TSteps">Nothing in production; a scheduler in the test of interleavings.</typeparam>
internal sealed class IdleStack<T, TSteps>(int capacity)
    where T : class
    where TSteps : struct, ISteps
{
    public const int MaxEntries = (1 << IndexBits) - 1;

    private const int IndexBits = 14;
    private const long IndexMask = (1L << IndexBits) - 1;
    private const long OneMore = 1L << IndexBits;
    private const long Guard = 1L << (2 * IndexBits);
    private const long Tag = Guard << 1;

    private PoolEntry<T>?[] _entries = new PoolEntry<T>?[capacity];
    private long _word;

    /// <summary>Gets how many are idle.</summary>
    public int Count => (int)((Volatile.Read(ref _word) >> IndexBits) & IndexMask);

    public bool IsGuarded => (Volatile.Read(ref _word) & Guard) != 0;

    /// <summary>Makes an entry known, under the pool's lock, before it is pushed for the first time.</summary>
    public void Register(PoolEntry<T> entry)
    {
        if (entry.Index >= _entries.Length)
        {
            // Who has seen the entry's number on the stack sees the larger array, too: it is published first.
            var larger = new PoolEntry<T>?[Math.Min(MaxEntries, Math.Max(entry.Index + 1, 2 * _entries.Length))];
            _entries.CopyTo(larger, 0);
            Volatile.Write(ref _entries, larger);
        }

        _entries[entry.Index] = entry;
    }

    /// <summary>Takes the top one, unless the guard is set or there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PoolEntry<T>? TryPop() => Pop(Guard);

    /// <summary>Takes the top one, whatever the guard says: under the pool's lock.</summary>
    public PoolEntry<T>? PopGuarded() => Pop(0);

    /// <summary>Lays one on top, unless the guard is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPush(PoolEntry<T> entry) => Push(entry, Guard);

    /// <summary>Lays one on top, whatever the guard says: under the pool's lock.</summary>
    public void PushGuarded(PoolEntry<T> entry) => Push(entry, 0);

    /// <summary>Sets the guard or lifts it, under the pool's lock.</summary>
    public void SetGuard(bool guarded)
    {
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref _word);
            if ((seen & Guard) != 0 == guarded || Interlocked.CompareExchange(ref _word, seen ^ Guard, seen) == seen)
            {
                return;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PoolEntry<T>? Pop(long guard)
    {
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref _word);
            var top = (int)(seen & IndexMask);
            if (top == 0 || (seen & guard) != 0)
            {
                return null;
            }

            TSteps.Reach();
            var entry = Volatile.Read(ref _entries)[top - 1]!;
            var below = (seen & ~IndexMask) | (uint)Volatile.Read(ref entry.Below);
            TSteps.Reach();
            if (Interlocked.CompareExchange(ref _word, below - OneMore + Tag, seen) == seen)
            {
                return entry;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Push(PoolEntry<T> entry, long guard)
    {
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref _word);
            if ((seen & guard) != 0)
            {
                return false;
            }

            Volatile.Write(ref entry.Below, (int)(seen & IndexMask));
            var above = (seen & ~IndexMask) | (uint)(entry.Index + 1);
            TSteps.Reach();
            if (Interlocked.CompareExchange(ref _word, above + OneMore + Tag, seen) == seen)
            {
                return true;
            }
        }
    }
}
