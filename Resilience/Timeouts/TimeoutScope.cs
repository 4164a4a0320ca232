using Resilience.Measurement;

namespace Resilience.Timeouts;

/// <summary>The stretch of code that has an operation's time; <c>using</c> ends it.</summary>
/// <remarks>Dispose it as soon as the work is done, which frees its timer. Disposing it again does nothing. Safe for concurrent use.</remarks>
public sealed class TimeoutScope : IDisposable
{
    private readonly TimeoutSettings _settings;
    private readonly CallTimerPool _timers;
    private readonly MonotonicClock _clock;
    private readonly long _began;
    private CallTimer? _timer;
    private bool _timedOut;

    internal TimeoutScope(
        TimeoutSettings settings, CallTimerPool timers, MonotonicClock clock, TimeSpan timeout, TimeoutCause cause, CancellationToken callersToken)
    {
        (_settings, _timers, _clock, _began) = (settings, timers, clock, clock.Now);
        (Timeout, Cause) = (timeout, cause);
        _timer = timers.Rent();
        Token = _timer.Token;
        _timer.Begin(callersToken);
        if (timeout != System.Threading.Timeout.InfiniteTimeSpan)
        {
            _timer.Arm(timeout, cause, _began, interruption: null);
        }
    }

    /// <summary>Gets the token to hand on: cancelled when the time is up, or by the caller.</summary>
    public CancellationToken Token { get; }

    /// <summary>Gets how much time there is in all.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Gets which bound that is.</summary>
    public TimeoutCause Cause { get; }

    /// <summary>Gets a value indicating whether the time was up before the scope was disposed.</summary>
    public bool HasTimedOut => Volatile.Read(ref _timedOut) || Volatile.Read(ref _timer)?.HasFired == true;

    /// <summary>Gets how much time is left.</summary>
    /// <value>A time of 0 or more; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> when there is no bound.</value>
    public TimeSpan Remaining
    {
        get
        {
            if (Timeout == System.Threading.Timeout.InfiniteTimeSpan)
            {
                return Timeout;
            }

            var left = Timeout - TimeSpan.FromMilliseconds(_clock.Now - _began);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Makes the exception that says so, to be thrown where the work was cancelled because its time was up.</summary>
    /// <param name="innerException">How the work ended; null when it didn't throw.</param>
    /// <returns>The exception.</returns>
    public OperationTimeoutException TimedOut(Exception? innerException = null) =>
        new(_settings.Name, Timeout, TimeSpan.FromMilliseconds(_clock.Now - _began), Cause, workLeft: null, innerException);

    /// <summary>Frees the timer.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _timer, null) is not { } timer)
        {
            return;
        }

        var (fired, reusable) = timer.End();
        Volatile.Write(ref _timedOut, fired);
        if (reusable)
        {
            _timers.Return(timer);
        }

        if (fired && _settings.Cleanup is { } cleanup)
        {
            _settings.Aside.Run(cleanup, new(_settings.Name, Timeout, Cause, default));
        }
    }
}
