namespace Resilience.Measurement;

/// <summary>The one timer of something that has much to wait for: set to the earliest time at which anything is due. There is none until then.</summary>
/// <remarks>Safe for concurrent use. After it has rung it is not set; whoever looks at what is due sets it anew.</remarks>
/// <param name="time">Makes the timer.</param>
/// <param name="ring">Looks at what is due. Not under a lock.</param>
internal sealed class Alarm(TimeProvider time, Action ring) : IDisposable
{
    private const long LongestMilliseconds = 24L * 60 * 60 * 1000; // timers take no more than 49 days; it is set anew when it comes early

    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock = new(time);
    private ITimer? _timer;
    private long _due = long.MaxValue;
    private bool _disposed;

    /// <summary>Sets it to ring at a time, unless it rings before that anyway.</summary>
    /// <param name="due">In the clock's milliseconds; <see cref="long.MaxValue"/> is never.</param>
    public void Set(long due)
    {
        if (due >= Volatile.Read(ref _due))
        {
            return;
        }

        lock (_lock)
        {
            if (due < _due && !_disposed)
            {
                _due = due;
                _timer ??= Create();
                _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(due - _clock.Now, 1, LongestMilliseconds)), Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private ITimer Create()
    {
        // Whose call makes the timer must not have his context live for as long as the timer does.
        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(static alarm => ((Alarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Ring()
    {
        lock (_lock)
        {
            _due = long.MaxValue; // before the look, so that what becomes due after it sets the alarm itself
        }

        ring();
    }
}
