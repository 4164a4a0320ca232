namespace Resilience.Bulkheads;

/// <summary>All that the fast path must know, in one word: how many are in, how many may be, whether somebody waits, whether it is closed.</summary>
/// <remarks>
/// From the lowest bit: 31 bits in use, 31 bits limit, one bit "somebody waits", one bit "closed". A word with either of the two flags is
/// larger than any without, so that the fast path tests both with one comparison. Pure functions.
/// </remarks>
internal static class GateWord
{
    public const long Waiting = 1L << 62;
    public const long Closed = 1L << 63;

    private const int LimitShift = 31;
    private const long Mask = (1L << LimitShift) - 1;

    public static long Empty(int limit) => (long)limit << LimitShift;

    public static int InUse(long word) => (int)(word & Mask);

    public static int Limit(long word) => (int)((word >> LimitShift) & Mask);

    public static bool IsWaiting(long word) => (word & Waiting) != 0;

    public static bool IsClosed(long word) => word < 0;

    public static long WithLimit(long word, int limit) => (word & ~(Mask << LimitShift)) | ((long)limit << LimitShift);

    /// <summary>Says whether one more may come in: nobody waits, it is not closed, and the limit is not reached.</summary>
    public static bool HasRoom(long word) => (ulong)word < (ulong)Waiting && InUse(word) < Limit(word);
}
