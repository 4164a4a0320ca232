namespace Resilience.ConnectionPools;

/// <summary>When to try to connect again after it failed, and whether the server counts as away.</summary>
/// <remarks>
/// Each failure doubles the pause up to its maximum; the pause is drawn from its upper half, so that the processes that lost one server together don't
/// come back to it together. Not safe for concurrent use: under the pool's lock.
/// </remarks>
/// <param name="maximum">The longest pause, in milliseconds.</param>
/// <param name="draw">Chance, from 0 to 1.</param>
internal sealed class ConnectBackoff(long maximum, Func<double> draw)
{
    private const long FirstPause = 50; // ms: longer than a listener takes to be restarted by its supervisor's first try
    private const int FailuresUntilAway = 2; // one may be chance: a connection that was reset, a proxy that was reloaded

    private int _failures;

    /// <summary>Gets when the next attempt may be made, in the clock's milliseconds.</summary>
    public long Until { get; private set; }

    /// <summary>Gets what the last attempt failed with.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>Gets whether connecting has failed repeatedly, and not succeeded since.</summary>
    public bool IsAway => _failures >= FailuresUntilAway;

    public bool HasFailed => _failures > 0;

    /// <summary>Notes that an attempt failed.</summary>
    /// <param name="now">The clock's time.</param>
    /// <param name="error">What it failed with.</param>
    /// <param name="isLast">
    /// Whether no other attempt is under way. One that is may yet succeed: a server that has three connections left refuses two of five, and isn't away.
    /// </param>
    public void Failed(long now, Exception error, bool isLast)
    {
        var pause = Math.Min(maximum, FirstPause << Math.Min(_failures, 20));
        _failures = isLast ? Math.Min(_failures + 1, int.MaxValue - 1) : _failures;
        Until = now + (pause / 2) + (long)(draw() * (pause - (pause / 2)));
        LastError = error;
    }

    public void Succeeded()
    {
        _failures = 0;
        Until = 0;
        LastError = null;
    }
}
