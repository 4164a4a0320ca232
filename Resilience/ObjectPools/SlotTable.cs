using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Resilience.Interleaving;

namespace Resilience.ObjectPools;

/// <summary>Every object that a pool knows, each in a slot of its own for as long as it lives, whether it is idle or out.</summary>
/// <remarks>
/// Slots belong to groups, as many as cores, whose words (<see cref="SlotState"/>) stand on cache lines of their own; threads begin in
/// different groups and at the first slot, so that few objects do the work and stay warm. The first group keeps its distance from the array's length
/// as well: all cores read that at each step, and would wait for the one that writes beside it. Taking one is one compare-and-swap on its word. The
/// objects themselves stand in another order, all groups' first ones first: they hardly ever change, so that looking for one disturbs no core, and
/// those that do the work are found at once. Lock-free. A slot is named by its place among the objects.
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
internal sealed class SlotTable<T>
    where T : class
{
    private const int LeastWordsApart = 16; // of 8 bytes; processors fetch lines of 64 in pairs
    private const int NearLooks = 8;

    private readonly long[] _states;
    private readonly Holder[] _items;
    private readonly int[] _hints;
    private readonly int _groupMask;
    private readonly int _groupBits;
    private readonly int _rowBits;
    private readonly int _groupSize;

    public SlotTable(int capacity)
    {
        Capacity = capacity;
        var groups = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, capacity));
        groups = groups > capacity ? groups / 2 : groups;
        _groupMask = groups - 1;
        _groupBits = BitOperations.Log2((uint)groups);
        _groupSize = (capacity + groups - 1) / groups;
        _rowBits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(_groupSize, LeastWordsApart)));
        _states = new long[LeastWordsApart + (groups << _rowBits)];
        _items = new Holder[capacity];
        _hints = new int[BitOperations.RoundUpToPowerOf2((uint)(2 * capacity))];
        Array.Fill(_states, SlotState.Busy); // what lies between the groups is nobody's for ever
        for (var slot = 0; slot < capacity; slot++)
        {
            State(slot) = SlotState.Vacant;
        }
    }

    public int Capacity { get; }

    /// <summary>Gets the number of this thread's group.</summary>
    public int Home
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ThreadNumber.Current & _groupMask;
    }

    /// <summary>Gets a slot's word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref long State(int slot) => ref _states[LeastWordsApart + ((slot & _groupMask) << _rowBits) + (slot >> _groupBits)];

    /// <summary>Gets a slot's object, null when it is vacant or faded. To be written by who has the slot to himself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T? Item(int slot) => ref _items[slot].Item;

    /// <summary>Takes an idle object of one group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="slot">Its slot; -1 when none is idle there.</param>
    /// <param name="state">The slot's word from now on, which says <see cref="SlotState.Out"/>.</param>
    /// <returns>The object; null when none is idle there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T? TakeIdle<TSteps>(int group, out int slot, out long state)
        where TSteps : struct, ISteps
    {
        var states = _states.AsSpan(LeastWordsApart + (group << _rowBits), _groupSize);
        for (var index = 0; index < states.Length; index++)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref states[index]);
            if (SlotState.KindOf(seen) == SlotState.Idle)
            {
                // Before it is taken: an idle object has its slot's word to itself, while one that is out may be faded at any moment.
                slot = (index << _groupBits) + group;
                TSteps.Reach();
                var item = _items[slot].Item;
                TSteps.Reach();
                state = seen + SlotState.Out - SlotState.Idle;
                if (Interlocked.CompareExchange(ref states[index], state, seen) == seen)
                {
                    return item;
                }
            }
        }

        slot = -1;
        state = 0;
        return null;
    }

    /// <summary>Takes an idle object or an empty slot: the thread's group's own objects first, then a new one there, so that each group comes to have what it needs; then the neighbours'.</summary>
    /// <returns>The slot, <see cref="SlotState.Out"/> with an object or <see cref="SlotState.Busy"/> without; -1 when all are out.</returns>
    public Taken<T> TakeAny()
    {
        var home = Home;
        for (var turn = 0; turn <= _groupMask; turn++)
        {
            var group = (home + turn) & _groupMask;
            if (TakeIdle<Unwatched>(group, out var slot, out var state) is { } item)
            {
                return new(slot, state, item);
            }

            slot = ClaimVacant(group);
            if (slot >= 0)
            {
                return new(slot, State(slot), null);
            }
        }

        return new(-1, 0, null);
    }

    /// <summary>Takes an empty slot, to put an object into; this thread's group's first.</summary>
    /// <returns>The slot, now <see cref="SlotState.Busy"/>; -1 when none is empty.</returns>
    public int ClaimVacant()
    {
        var home = Home;
        for (var turn = 0; turn <= _groupMask; turn++)
        {
            var slot = ClaimVacant((home + turn) & _groupMask);
            if (slot >= 0)
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>Gets a slot to itself if it is in some state.</summary>
    public bool TryClaim(int slot, long kind)
    {
        var seen = Volatile.Read(ref State(slot));
        return SlotState.KindOf(seen) == kind && TryMove(slot, seen, SlotState.With(seen, SlotState.Busy));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryMove(int slot, long from, long to) => Interlocked.CompareExchange(ref State(slot), to, from) == from;

    /// <summary>Finds the slot of an object.</summary>
    /// <returns>The slot; -1 when the pool doesn't know the object.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(T item)
    {
        var items = _items;
        for (var slot = 0; slot < items.Length && slot < NearLooks; slot++)
        {
            if (ReferenceEquals(items[slot].Item, item))
            {
                return slot;
            }
        }

        return FindFurther(item);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindFurther(T item)
    {
        // Where it was found last time, else everywhere. A hint is not a promise, so writing it needs no care.
        ref var hint = ref _hints[RuntimeHelpers.GetHashCode(item) & (_hints.Length - 1)];
        var hinted = hint;
        if (ReferenceEquals(_items[hinted].Item, item))
        {
            return hinted;
        }

        for (var slot = 0; slot < _items.Length; slot++)
        {
            if (ReferenceEquals(_items[slot].Item, item))
            {
                hint = slot;
                return slot;
            }
        }

        return -1;
    }

    private int ClaimVacant(int group)
    {
        for (var slot = group; slot < Capacity; slot += _groupMask + 1)
        {
            if (TryClaim(slot, SlotState.Vacant))
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>An object in an array without the check that assigning to an array of a reference type costs.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Holder
    {
        public T? Item;
    }
}
