using Resilience.Interleaving;

namespace Resilience.CircuitBreakers;

/// <summary>Knows how many calls under way are older than a threshold, without a timer for any of them.</summary>
/// <remarks>
/// Counts calls under way by when they started, in slots of a sixteenth of the threshold; a slot that comes round again hands what is left in
/// it to the old ones. Safe for concurrent use; entering and leaving are one atomic operation each, and allocate nothing.
/// </remarks>
/// <param name="threshold">The age in milliseconds from which on a call counts; it may be found up to an eighth later.</param>
internal sealed class InFlightAges(long threshold)
{
    private const int Steps = 16;
    private const int Slots = Steps + 1; // the slot that comes round again is older than the threshold as a whole

    private readonly ulong[] _slots = new ulong[Slots]; // the slot's number in the upper half, its calls in the lower
    private readonly long _width = Math.Max(1, (threshold + Steps - 1) / Steps);
    private long _old;
    private long _lookedAt = -1;

    /// <summary>Counts a call that starts.</summary>
    /// <param name="now">The clock's time; to be handed to <see cref="Leave"/> again.</param>
    public void Enter<TSteps>(long now)
        where TSteps : struct, ISteps
    {
        var number = Number(now);
        ref var slot = ref _slots[number % Slots];
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref slot);
            var ahead = (int)((uint)(seen >> 32) - number);
            if (seen != 0 && ahead > 0)
            {
                Interlocked.Increment(ref _old); // slept through a whole turn of the ring: it is old already
                return;
            }

            var same = seen != 0 && ahead == 0;
            var after = ((ulong)number << 32) | (same ? (uint)seen + 1 : 1);
            TSteps.Reach();
            if (Interlocked.CompareExchange(ref slot, after, seen) == seen)
            {
                if (!same && (uint)seen > 0)
                {
                    TSteps.Reach();
                    Interlocked.Add(ref _old, (uint)seen);
                }

                return;
            }
        }
    }

    /// <summary>Counts a call that ends.</summary>
    /// <param name="started">When it started.</param>
    public void Leave<TSteps>(long started)
        where TSteps : struct, ISteps
    {
        var number = Number(started);
        ref var slot = ref _slots[number % Slots];
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref slot);
            if ((uint)(seen >> 32) != number)
            {
                Interlocked.Decrement(ref _old); // its slot has come round since
                return;
            }

            TSteps.Reach();
            if ((uint)seen == 0 || Interlocked.CompareExchange(ref slot, seen - 1, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Counts the calls under way that are older than the threshold.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>0 or more.</returns>
    public long Old(long now)
    {
        var number = Number(now);
        var sum = Volatile.Read(ref _old);
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            var seen = Volatile.Read(in slot);
            if ((int)(number - (uint)(seen >> 32)) >= Slots)
            {
                sum += (uint)seen;
            }
        }

        return Math.Max(0, sum);
    }

    /// <summary>Says whether it is worth looking again: at most once a slot, and to one caller only.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>True for the first caller in a slot.</returns>
    public bool IsWorthALook<TSteps>(long now)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        var (slot, seen) = (now / _width, Volatile.Read(ref _lookedAt));
        return slot != seen && Interlocked.CompareExchange(ref _lookedAt, slot, seen) == seen;
    }

    private uint Number(long now) => unchecked((uint)(now / _width));
}
