namespace Resilience.Timeouts;

/// <summary>Something that comes due: a link in one of the lists of a <see cref="TimerWheel"/>, so that arming it allocates nothing.</summary>
internal abstract class WheelEntry
{
    /// <summary>The value of <see cref="Slot"/> while it is in no list.</summary>
    public const int Nowhere = -1;

    /// <summary>Gets or sets the next in the list. This and what follows is the wheel's own, under its lock.</summary>
    public WheelEntry? Next { get; set; }

    /// <summary>Gets or sets the one before in the list.</summary>
    public WheelEntry? Previous { get; set; }

    /// <summary>Gets or sets when it comes due.</summary>
    public long DueTick { get; set; }

    /// <summary>Gets or sets which list it is in.</summary>
    public int Slot { get; set; } = Nowhere;

    /// <summary>Comes due, on the wheel's own thread: it must not run anybody else's code there.</summary>
    public abstract void Fire();
}
