using Resilience.Measurement;

namespace Resilience.Faults;

/// <summary>A fault while it lasts: whom it strikes.</summary>
/// <remarks>Safe for concurrent use. A lock around the draw, since a seed's order is a promise; only calls in the scope of a fault pay for it.</remarks>
internal sealed class ActiveFault(string name, FaultSpec spec, TimeProvider time, IDisposable? burden)
{
    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock = new(time);
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly long _ends = new MonotonicClock(time).Now + (long)Math.Ceiling(spec.TimeToLive.TotalMilliseconds);
#pragma warning disable RS0030 // A seed of its own: what is drawn here is what somebody asked for.
    private readonly Random _random = spec.Seed is { } seed ? new(seed) : new();
#pragma warning restore RS0030
    private long _considered;
    private long _injected;
    private volatile FaultEnd _end;

    public string Name => name;

    public FaultSpec Spec => spec;

    /// <summary>Gets when it ends, in the clock's milliseconds.</summary>
    public long Ends => _ends;

    public bool IsOver => _end != FaultEnd.None || _clock.Now >= _ends;

    public bool IsSpent => Volatile.Read(ref _injected) >= spec.MaxInjections;

    /// <summary>Decides about a call.</summary>
    /// <param name="point">The call.</param>
    /// <returns>What strikes it; null when nothing does.</returns>
    public FaultHit? Strike(in FaultPoint point)
    {
        if (spec.IsBurden || !IsInScope(point) || IsOver)
        {
            return null;
        }

        lock (_lock)
        {
            _considered++;
            if (_injected >= spec.MaxInjections || _random.NextDouble() >= spec.Rate)
            {
                return null;
            }

            _injected++;
            return new(name, spec, spec.Kind is FaultKind.Latency ? Spread(_random.NextDouble()) : TimeSpan.Zero);
        }
    }

    /// <summary>Ends it.</summary>
    /// <param name="end">Why.</param>
    /// <returns>False when it was over already.</returns>
    public bool TryEnd(FaultEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, end, FaultEnd.None) != FaultEnd.None)
        {
            return false;
        }

        burden?.Dispose();
        return true;
    }

    public FaultSnapshot Snapshot()
    {
        lock (_lock)
        {
            var remaining = _end is FaultEnd.None ? TimeSpan.FromMilliseconds(Math.Max(0, _ends - _clock.Now)) : TimeSpan.Zero;
            return new(name, spec, _began, remaining, _considered, _injected, _end);
        }
    }

    private bool IsInScope(in FaultPoint point) => spec.Client is { } client
        ? string.Equals(client, point.Client, StringComparison.OrdinalIgnoreCase)
        : point.Client is null
            && (spec.Route is null || point.Route?.StartsWith(spec.Route, StringComparison.OrdinalIgnoreCase) == true)
            && (spec.Caller is null || string.Equals(spec.Caller, point.Caller, StringComparison.Ordinal));

    private TimeSpan Spread(double draw)
    {
        var latency = spec.Latency + (spec.Jitter * ((2 * draw) - 1));
        return latency > TimeSpan.Zero ? latency : TimeSpan.Zero;
    }
}
