using Resilience.Measurement;

namespace Resilience.ConnectionPools;

/// <summary>The one timer of a pool: set to the earliest time at which something is due.</summary>
internal sealed class PoolAlarm(TimeProvider time, Action tick) : IDisposable
{
    private const long LongestMilliseconds = 24L * 60 * 60 * 1000; // timers take no more than 49 days; it is set anew when it comes early

    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock = new(time);
    private ITimer? _timer;
    private long _due = long.MaxValue;
    private bool _disposed;

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
            return time.CreateTimer(static alarm => ((PoolAlarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Ring()
    {
        lock (_lock)
        {
            _due = long.MaxValue; // before the look at the pool, so that what becomes due after that look sets the alarm itself
        }

        tick();
    }
}
