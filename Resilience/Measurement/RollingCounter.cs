namespace Resilience.Measurement;

/// <summary>Counts what happened within the last while: a ring of slots, each of which forgets itself when its time comes round again.</summary>
/// <remarks>
/// Lock-free and exact: a slot's time and count are one word, so no reader sees a new time with an old count. Safe for concurrent use; adding
/// is one compare-and-swap and allocates nothing. What is counted leaves the sum one slot at a time, so the window reaches back between
/// <c>window − window/slots</c> and <c>window</c>.
/// </remarks>
internal sealed class RollingCounter
{
    private readonly ulong[] _slots; // the slot's number in the upper half, its count in the lower, which saturates
    private readonly long _slotMilliseconds;
    private readonly MonotonicClock _clock;

    /// <summary>Initializes a counter.</summary>
    /// <param name="window">How far back it remembers; at least a millisecond a slot.</param>
    /// <param name="slots">In how many steps it forgets; 1 or more.</param>
    /// <param name="clock">Tells the time.</param>
    public RollingCounter(TimeSpan window, int slots, MonotonicClock clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);

        _slots = new ulong[slots];
        _slotMilliseconds = Math.Max(1, (long)window.TotalMilliseconds / slots);
        _clock = clock;
    }

    /// <summary>Counts something that happens now.</summary>
    /// <param name="count">How often; not negative.</param>
    public void Add(uint count = 1) => Add(count, _clock.Now);

    /// <summary>Counts something, at a time that the caller has read already.</summary>
    /// <param name="count">How often.</param>
    /// <param name="now">The clock's time.</param>
    public void Add(uint count, long now)
    {
        var number = NumberOf(now);
        ref var slot = ref _slots[number % (uint)_slots.Length];
        while (true)
        {
            var seen = Volatile.Read(ref slot);
            var behind = (int)((uint)(seen >> 32) - number);
            if (seen != 0 && behind > 0)
            {
                return; // this thread slept through a whole turn of the ring: what it counts is outside the window by now
            }

            var before = seen != 0 && behind == 0 ? (uint)seen : 0;
            var after = before + count < before ? uint.MaxValue : before + count;
            if (Interlocked.CompareExchange(ref slot, ((ulong)number << 32) | after, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Gets how often it happened within the window.</summary>
    /// <returns>0 or more.</returns>
    public long Sum() => Sum(_clock.Now);

    /// <summary>Gets how often it happened within the window, at a time that the caller has read already.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>0 or more.</returns>
    public long Sum(long now)
    {
        var number = NumberOf(now);
        long sum = 0;
        for (var index = 0; index < _slots.Length; index++)
        {
            var seen = Volatile.Read(ref _slots[index]);
            if (seen != 0 && number - (uint)(seen >> 32) < (uint)_slots.Length)
            {
                sum += (uint)seen;
            }
        }

        return sum;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        for (var index = 0; index < _slots.Length; index++)
        {
            Volatile.Write(ref _slots[index], 0);
        }
    }

    // A division of 32 bits takes half the time of one of 64; it is enough until the clock has run for 49 days.
    private uint NumberOf(long now) => (ulong)now <= uint.MaxValue && _slotMilliseconds <= uint.MaxValue
        ? (uint)now / (uint)_slotMilliseconds
        : unchecked((uint)(now / _slotMilliseconds));
}
