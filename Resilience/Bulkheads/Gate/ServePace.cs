namespace Resilience.Bulkheads;

/// <summary>How fast the queue moves: the moving average of the time between one permit passed on and the next.</summary>
/// <remarks>Guarded by the gate's lock. Weighs the newest with 1/8, as TCP's smoothed round trip does (V. Jacobson, <i>Congestion Avoidance and Control</i>, 1988).</remarks>
internal struct ServePace
{
    private const double Weight = 1.0 / 8;

    private double _milliseconds;
    private long _last;
    private bool _known;

    /// <summary>Notes that a queue begins, so that the idle time before it isn't counted.</summary>
    public void Begin(long now) => _last = now;

    /// <summary>Notes that a permit was passed on.</summary>
    public void Served(long now)
    {
        var interval = Math.Max(0, now - _last);
        _milliseconds = _known ? _milliseconds + ((interval - _milliseconds) * Weight) : interval;
        (_last, _known) = (now, true);
    }

    /// <summary>Gets how long one waits who has so many before him. The first in a line is told 0: he is how the pace is learnt again.</summary>
    public readonly long WaitFor(int ahead) => (long)(ahead * _milliseconds);
}
