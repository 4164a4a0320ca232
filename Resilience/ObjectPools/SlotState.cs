namespace Resilience.ObjectPools;

/// <summary>What a slot's one word says: what its object is doing, and how often it came back.</summary>
/// <remarks>
/// The lowest three bits are the kind, the rest counts completed rents. A lease remembers the word under which it took the object: once that
/// word is gone, so is the lease, even when the object is out again to somebody else.
/// </remarks>
internal static class SlotState
{
    /// <summary>There is no object.</summary>
    public const long Vacant = 0;

    /// <summary>The object waits to be rented.</summary>
    public const long Idle = 1;

    /// <summary>The object is rented.</summary>
    public const long Out = 2;

    /// <summary>One thread has the slot to itself: to make, reset or throw away the object.</summary>
    public const long Busy = 3;

    /// <summary>The object has been out for so long that the pool holds it weakly: if its renter forgot it, it may be collected.</summary>
    public const long Faded = 4;

    /// <summary>What leads from being taken back (<see cref="Busy"/>) to the next use's <see cref="Idle"/>.</summary>
    public const long BusyToIdle = NextUse + Idle - Busy;

    /// <summary>What leads from being out to the next use's <see cref="Idle"/> in one step.</summary>
    public const long OutToIdle = NextUse + Idle - Out;

    /// <summary>What leads from being taken back to an empty slot, the rent counted.</summary>
    public const long BusyToVacant = NextUse + Vacant - Busy;

    private const long NextUse = 8;

    public static long KindOf(long state) => state & (NextUse - 1);

    public static long With(long state, long kind) => (state & -NextUse) | kind;

    /// <summary>Gets how often the slot's object was handed out, the use that lasts included.</summary>
    public static long Rents(long state) => (state / NextUse) + (KindOf(state) is Out or Faded ? 1 : 0);
}
