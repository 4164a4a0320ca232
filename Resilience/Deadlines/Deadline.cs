using Resilience.Measurement;

namespace Resilience.Deadlines;

/// <summary>By when the work at hand must be done: set once where a request enters, obeyed by everything that the request calls.</summary>
/// <remarks>
/// Immutable and ambient: it flows with the execution context into every <c>await</c> and task below it. A deadline begun inside another ends
/// no later than the outer one. Measured on the monotonic clock (1 to 15 ms coarse), so setting the wall clock changes nothing. Safe for
/// concurrent use; a process that never begins one pays one read of a field for <see cref="Current"/>.
/// Source: Beyer, Jones, Petoff, Murphy (eds.), <i>Site Reliability Engineering</i>, O'Reilly 2016, ch. 22, "Latency and Deadlines".
/// </remarks>
public sealed class Deadline
{
    private static readonly AsyncLocal<Deadline?> _ambient = new();

    // An AsyncLocal costs a look at the thread and a search of its context: not paid where no deadline was ever begun.
    private static bool _inUse;

    private readonly MonotonicClock _clock;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly long _expires; // milliseconds on the clock; long.MaxValue means never

    private Deadline(TimeSpan budget, TimeProvider time, Deadline? parent)
    {
        _time = time;
        _clock = new MonotonicClock(time);
        _began = _clock.Now;
        _expires = After(_began, budget);
        if (parent is not null)
        {
            // Two clocks have no common zero: a child on another clock is bound by how much is left, not by when.
            var bound = ReferenceEquals(parent._time, time) ? parent._expires : After(_began, parent.Remaining);
            _expires = Math.Min(_expires, bound);
        }
    }

    /// <summary>Gets the deadline that the running code is under.</summary>
    /// <value>Null where none was begun.</value>
    public static Deadline? Current => Volatile.Read(ref _inUse) ? _ambient.Value : null;

    /// <summary>Gets how much time it was given, cut to what its parent had left.</summary>
    /// <value>A time of 0 or more; <see cref="Timeout.InfiniteTimeSpan"/> when it never expires.</value>
    public TimeSpan Budget => Between(_began);

    /// <summary>Gets how much time is left.</summary>
    /// <value>A time of 0 or more, never negative; <see cref="Timeout.InfiniteTimeSpan"/> when it never expires.</value>
    public TimeSpan Remaining => Between(_clock.Now);

    /// <summary>Gets how much time has passed since it was begun.</summary>
    /// <value>A time of 0 or more.</value>
    public TimeSpan Elapsed => TimeSpan.FromMilliseconds(_clock.Now - _began);

    /// <summary>Gets a value indicating whether no time is left.</summary>
    /// <value>True from the moment on at which <see cref="Remaining"/> is zero.</value>
    public bool IsExpired => _expires <= _clock.Now;

    /// <summary>Puts the running code under a deadline until the scope is disposed.</summary>
    /// <param name="budget">How much time it has from now; zero has run out at once, <see cref="Timeout.InfiniteTimeSpan"/> adds no bound of its own.</param>
    /// <param name="timeProvider">Tells the time and makes the timers of tokens.</param>
    /// <returns>Dispose it in the method that began it; that restores the deadline from before.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is negative and not infinite.</exception>
    public static DeadlineScope Begin(TimeSpan budget, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        if (budget < TimeSpan.Zero && budget != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(budget), budget, "A deadline needs a time of zero or more, or Timeout.InfiniteTimeSpan.");
        }

        var parent = Current;
        return Enter(new Deadline(budget, timeProvider, parent), parent);
    }

    /// <summary>Frees the running code of any deadline until the scope is disposed: for work that outlives the request, such as cleaning up after it.</summary>
    /// <returns>Dispose it in the method that began it; that restores the deadline from before.</returns>
    public static DeadlineScope Suspend() => Enter(null, Current);

    /// <summary>Makes a token that is cancelled when this deadline runs out.</summary>
    /// <param name="cancellationToken">Cancels it as well, and earlier.</param>
    /// <returns>A source to dispose as soon as the work is done, which frees its timer.</returns>
    public CancellationTokenSource CreateTokenSource(CancellationToken cancellationToken) =>
        new DeadlineTokenSource(Remaining, _time, cancellationToken);

    /// <summary>Gets the smaller of a time and what is left.</summary>
    /// <param name="duration">A time; <see cref="Timeout.InfiniteTimeSpan"/> is larger than any.</param>
    /// <returns>A time of 0 or more, or <see cref="Timeout.InfiniteTimeSpan"/> when neither ends.</returns>
    public TimeSpan Bound(TimeSpan duration)
    {
        var remaining = Remaining;
        return remaining == Timeout.InfiniteTimeSpan || (duration != Timeout.InfiniteTimeSpan && duration < remaining) ? duration : remaining;
    }

    /// <summary>Refuses work that can't be done in time any more.</summary>
    /// <exception cref="DeadlineExceededException">No time is left.</exception>
    public void ThrowIfExpired()
    {
        if (IsExpired)
        {
            throw new DeadlineExceededException(Budget, Elapsed);
        }
    }

    internal static void Restore(Deadline? begun, Deadline? before)
    {
        // A scope that is disposed twice, or in another order than it was begun, must not bring back what is over.
        if (ReferenceEquals(_ambient.Value, begun))
        {
            _ambient.Value = before;
        }
    }

    private static DeadlineScope Enter(Deadline? deadline, Deadline? before)
    {
        if (deadline is not null || before is not null)
        {
            Volatile.Write(ref _inUse, true);
            _ambient.Value = deadline;
        }

        return new DeadlineScope(deadline, before);
    }

    // Rounded up: a deadline of half a millisecond is not over before it began. A century is never, and keeps the sums in range.
    private static long After(long now, TimeSpan budget) => budget == Timeout.InfiniteTimeSpan || budget.TotalDays > 36_500
        ? long.MaxValue
        : now + (long)Math.Ceiling(budget.TotalMilliseconds);

    private TimeSpan Between(long now) => _expires == long.MaxValue
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMilliseconds(Math.Max(0, _expires - now));
}
