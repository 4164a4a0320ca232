using System.Numerics;
using System.Runtime.CompilerServices;

namespace Resilience.Bulkheads;

/// <summary>Knows every permit that is out by its number of use, so that one returned twice is found.</summary>
/// <remarks>
/// A slot counts up by one when its permit is handed out and by one when it comes back: odd means out, and half of it is how often it was
/// handed out. So the statistics of the whole bulkhead are a sum over the slots and cost the hot path nothing. Claiming and returning are one
/// compare-and-swap each, on slots that different threads keep apart. Lock-free; allocates only to grow, which the caller must not do twice
/// at a time. There are always twice as many slots as permits, so a free one is found within two looks on average.
/// </remarks>
internal sealed class PermitLedger
{
    private const int SegmentShift = 26; // a slot's number is its segment's and its place within
    private const int SlotsPerLine = 8; // of 8 bytes, on a cache line of 64

    private long[][] _segments;

    public PermitLedger(int permits) => _segments = [new long[SlotsFor(permits)]];

    /// <summary>Takes a free slot. The caller holds one of the permits, so there is one.</summary>
    /// <param name="hint">Where to look first: a number that differs between permits that are out at the same time.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Ticket Claim(int hint)
    {
        var start = (Environment.CurrentManagedThreadId * (SlotsPerLine + 1)) + hint;
        var slots = Volatile.Read(ref _segments)[0];
        var index = start & (slots.Length - 1);
        ref var slot = ref slots[index];
        var seen = slot;
        return (seen & 1) == 0 && Interlocked.CompareExchange(ref slot, seen + 1, seen) == seen
            ? new Ticket(index, (uint)(seen + 1))
            : Search(start);
    }

    /// <summary>Gives a slot back.</summary>
    /// <returns>False when this use of it was over already.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Return(Ticket ticket)
    {
        ref var slot = ref Volatile.Read(ref _segments)[ticket.Slot >> SegmentShift][ticket.Slot & ((1 << SegmentShift) - 1)];
        var seen = Volatile.Read(ref slot);
        return (uint)seen == ticket.Use && Interlocked.CompareExchange(ref slot, seen + 1, seen) == seen;
    }

    /// <summary>Makes room for more permits; what is out stays where it is.</summary>
    public void Grow(int permits)
    {
        var segments = _segments;
        var missing = SlotsFor(permits) - segments.Sum(static slots => slots.Length);
        if (missing > 0)
        {
            Volatile.Write(ref _segments, [.. segments, new long[SlotsFor(missing / 2)]]);
        }
    }

    /// <summary>Counts what was ever handed out and what came back. Their difference is what is out now.</summary>
    public (long Granted, long Returned) Read()
    {
        long granted = 0;
        long returned = 0;
        foreach (var slots in Volatile.Read(ref _segments))
        {
            for (var index = 0; index < slots.Length; index++)
            {
                var seen = Volatile.Read(ref slots[index]);
                granted += (seen + 1) >> 1;
                returned += seen >> 1;
            }
        }

        return (granted, returned);
    }

    private Ticket Search(int start)
    {
        var segments = Volatile.Read(ref _segments);
        for (var segment = segments.Length - 1; ; segment = segment == 0 ? segments.Length - 1 : segment - 1)
        {
            var slots = segments[segment];
            var mask = slots.Length - 1;
            for (var probe = 0; probe <= mask; probe++)
            {
                var index = (start + probe) & mask;
                var seen = Volatile.Read(ref slots[index]);
                if ((seen & 1) == 0 && Interlocked.CompareExchange(ref slots[index], seen + 1, seen) == seen)
                {
                    return new Ticket((segment << SegmentShift) | index, (uint)(seen + 1));
                }
            }
        }
    }

    private static int SlotsFor(int permits) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * permits, 2 * SlotsPerLine));
}
