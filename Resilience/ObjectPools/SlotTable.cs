using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Resilience.ObjectPools;

/// <summary>Every object that a pool knows, each in a slot of its own for as long as it lives, whether it is idle or out.</summary>
/// <remarks>
/// Slots stand in groups, one for each core, on cache lines of their own; a thread begins in its core's group and at its first slot, so that few
/// objects do the work and stay warm. Taking one is one compare-and-swap on its slot's word (<see cref="SlotState"/>). The objects themselves stand
/// apart from the words: they hardly ever change, so that looking for one in another core's group disturbs nobody. Lock-free.
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
internal sealed class SlotTable<T>
    where T : class
{
    private const int WordsPerLine = 16; // of 8 bytes; processors fetch lines of 64 in pairs
    private const int NearLooks = 8;

    private readonly int[] _hints;
    private readonly int _groupSize;
    private readonly int _groupMask;
    private readonly int _stride;

    public SlotTable(int capacity)
    {
        var groups = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, capacity));
        groups = groups > capacity ? groups / 2 : groups;
        _groupMask = groups - 1;
        _groupSize = (capacity + groups - 1) / groups;
        _stride = (_groupSize + WordsPerLine - 1) / WordsPerLine * WordsPerLine;
        States = new long[groups * _stride];
        Items = new Holder[groups * _stride];
        _hints = new int[BitOperations.RoundUpToPowerOf2((uint)(2 * capacity))];
        Array.Fill(States, SlotState.Busy); // padding, and what rounding up added, is nobody's for ever
        for (var slot = 0; slot < capacity; slot++)
        {
            States[((slot & _groupMask) * _stride) + (slot / groups)] = SlotState.Vacant;
        }
    }

    public long[] States { get; }

    public Holder[] Items { get; }

    /// <summary>Gets the first slot of this core's group.</summary>
    public int Home
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Thread.GetCurrentProcessorId() & _groupMask) * _stride;
    }

    /// <summary>Takes an idle object of one group.</summary>
    /// <returns>Its slot, now <see cref="SlotState.Out"/>; -1 when none is idle there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TakeIdle(int group)
    {
        var states = States.AsSpan(group, _groupSize);
        for (var index = 0; index < states.Length; index++)
        {
            var seen = states[index];
            if (SlotState.KindOf(seen) == SlotState.Idle
                && Interlocked.CompareExchange(ref states[index], seen + SlotState.Out - SlotState.Idle, seen) == seen)
            {
                return group + index;
            }
        }

        return -1;
    }

    /// <summary>Takes an empty slot of one group, to put an object into.</summary>
    /// <returns>The slot, now <see cref="SlotState.Busy"/>; -1 when none is empty there.</returns>
    public int ClaimVacant(int group)
    {
        for (var slot = group; slot < group + _groupSize; slot++)
        {
            if (TryClaim(slot, SlotState.Vacant))
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>Gets a slot to itself if it is in some state.</summary>
    public bool TryClaim(int slot, long kind)
    {
        var seen = Volatile.Read(ref States[slot]);
        return SlotState.KindOf(seen) == kind && TryMove(slot, seen, SlotState.With(seen, SlotState.Busy));
    }

    public bool TryMove(int slot, long from, long to) => Interlocked.CompareExchange(ref States[slot], to, from) == from;

    /// <summary>Gets all groups, this core's first.</summary>
    public Groups FromHome() => new(Home, _stride, States.Length);

    /// <summary>Gets all slots, those first that are taken last.</summary>
    public IEnumerable<int> ColdestFirst()
    {
        for (var index = _groupSize - 1; index >= 0; index--)
        {
            for (var group = 0; group < States.Length; group += _stride)
            {
                yield return group + index;
            }
        }
    }

    /// <summary>Finds the slot of an object.</summary>
    /// <returns>The slot; -1 when the pool doesn't know the object.</returns>
    public int Find(T item, int home)
    {
        for (var slot = home; slot < home + Math.Min(NearLooks, _groupSize); slot++)
        {
            if (ReferenceEquals(Items[slot].Item, item))
            {
                return slot;
            }
        }

        // It came from another core: where it was found last time, else everywhere. A hint is not a promise, so writing it needs no care.
        ref var hint = ref _hints[RuntimeHelpers.GetHashCode(item) & (_hints.Length - 1)];
        var hinted = hint;
        if (ReferenceEquals(Items[hinted].Item, item))
        {
            return hinted;
        }

        for (var slot = 0; slot < Items.Length; slot++)
        {
            if (ReferenceEquals(Items[slot].Item, item))
            {
                hint = slot;
                return slot;
            }
        }

        return -1;
    }

    /// <summary>An object in an array without the check that assigning to an array of a reference type costs.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct Holder
    {
        public T? Item;
    }

    /// <summary>Goes through the groups, each once.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal ref struct Groups
    {
        private readonly int _stride;
        private readonly int _end;
        private int _left;

        public Groups(int home, int stride, int end)
        {
            _stride = stride;
            _end = end;
            _left = end;
            Current = home - stride;
        }

        public int Current { get; private set; }

        public readonly Groups GetEnumerator() => this;

        public bool MoveNext()
        {
            Current = Current + _stride == _end ? 0 : Current + _stride;
            _left -= _stride;
            return _left >= 0;
        }
    }
}
