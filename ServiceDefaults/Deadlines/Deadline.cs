namespace ServiceDefaults.Deadlines;

/// <summary>When the caller stops waiting for the answer to the request that is being worked on.</summary>
/// <remarks>Immutable. It follows the request through <see langword="await"/>; measured on the monotonic clock, so a changed wall clock doesn't move it.</remarks>
public sealed class Deadline
{
    private static readonly AsyncLocal<Deadline?> _current = new();
    private readonly TimeProvider _clock;
    private readonly long _start;

    internal Deadline(TimeSpan budget, TimeProvider clock)
    {
        Budget = budget;
        _clock = clock;
        _start = clock.GetTimestamp();
    }

    /// <summary>Gets the deadline of the request that this code works for; null outside a request, or when its caller said nothing.</summary>
    public static Deadline? Current
    {
        get => _current.Value;
        internal set => _current.Value = value;
    }

    /// <summary>Gets how long there was when the request arrived.</summary>
    public TimeSpan Budget { get; }

    /// <summary>Gets how long the request has been worked on.</summary>
    public TimeSpan Elapsed => _clock.GetElapsedTime(_start);

    /// <summary>Gets how long there is; zero when it is over.</summary>
    public TimeSpan Remaining => Budget > Elapsed ? Budget - Elapsed : TimeSpan.Zero;

    /// <summary>Gets whether the caller has stopped waiting.</summary>
    public bool IsOver => Elapsed >= Budget;
}
