using System.Diagnostics;

namespace Resilience.Profiling;

/// <summary>One run of an asynchronous scope: what flows with its work from thread to thread.</summary>
/// <remarks>
/// Its own time is the time during which no scope directly inside it was open. Those may be open at the same time, in parallel branches, so
/// what they cover is a union and not a sum. Safe for concurrent use.
/// </remarks>
internal sealed class AsyncFrame(ScopeProfiler owner, ScopePath path, AsyncFrame? parent, long start, Activity? span)
{
    private readonly Lock _lock = new();
    private int _open;
    private long _coveredSince;
    private long _covered;
    private bool _isClosed;

    public ScopeProfiler Owner => owner;

    public ScopePath Path => path;

    public AsyncFrame? Parent => parent;

    public Activity? Span => span;

    public void ChildOpened(long now)
    {
        lock (_lock)
        {
            if (_open++ == 0)
            {
                _coveredSince = now;
            }
        }
    }

    public void ChildClosed(long now)
    {
        lock (_lock)
        {
            if (--_open == 0)
            {
                _covered += Math.Max(0, now - _coveredSince);
            }
        }
    }

    /// <summary>Ends the run.</summary>
    /// <param name="now">The profiler's time.</param>
    /// <param name="elapsed">How long it was open.</param>
    /// <param name="own">How much of that no scope inside it was open.</param>
    /// <returns>False when it had ended before.</returns>
    public bool TryClose(long now, out long elapsed, out long own)
    {
        lock (_lock)
        {
            elapsed = Math.Max(0, now - start);
            own = Math.Max(0, elapsed - _covered - (_open > 0 ? Math.Max(0, now - _coveredSince) : 0));
            return !_isClosed && (_isClosed = true);
        }
    }
}
