namespace Resilience.Memory;

/// <summary>Holds forced collections back: each stops the process, and where little is garbage they free nothing however often they run.</summary>
/// <remarks>Not safe for concurrent use but for reading the counts.</remarks>
internal sealed class CollectionGate(TimeSpan interval, double productiveRatio)
{
    private const int Fruitless = 10; // intervals to wait after one that freed little
    private const int Promising = 10; // parts of an interval to wait when the next one is sure to free enough

    private readonly long _interval = (long)interval.TotalMilliseconds;
    private long _forced;
    private long _productive;
    private long? _next;
    private long _began;
    private long _used;
    private long _held;

    public long Forced => Volatile.Read(ref _forced);

    public long Productive => Volatile.Read(ref _productive);

    public bool TryBegin(long now, long held)
    {
        // What work has let go of since is garbage now. Where little is allocated the runtime has no reason to collect it, and work would be refused for nothing.
        var mayFree = now >= _began + (_interval / Promising) && _held - held >= productiveRatio * _used;
        if (now < _next && !mayFree)
        {
            return false;
        }

        _began = now;
        _next = now + _interval;
        Interlocked.Increment(ref _forced);
        return true;
    }

    public void End(long before, long after, long held)
    {
        (_used, _held) = (after, held);
        if (before - after >= productiveRatio * before)
        {
            Interlocked.Increment(ref _productive);
        }
        else
        {
            _next = _began + (Fruitless * _interval);
        }
    }
}
