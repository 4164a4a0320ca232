using Resilience.Measurement;

namespace Resilience.Bulkheads;

/// <summary>The one timer of a queue: set to the earliest time at which somebody's waiting is over. There is none until somebody waits.</summary>
internal sealed class QueueAlarm(TimeProvider time, Func<long> expire) : IDisposable
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
        // The first who waits must not have his context live for as long as the timer does.
        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(static alarm => ((QueueAlarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Ring()
    {
        lock (_lock)
        {
            _due = long.MaxValue; // before the look at the queue, so that who comes after that look sets the alarm himself
        }

        Set(expire());
    }
}
