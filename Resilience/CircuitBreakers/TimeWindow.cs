using Resilience.Measurement;

namespace Resilience.CircuitBreakers;

/// <summary>Remembers the calls of the last while.</summary>
/// <param name="milliseconds">How far back.</param>
internal sealed class TimeWindow(long milliseconds) : CallWindow
{
    private const int Slots = 10; // 3 s steps over the default 30 s window

    private readonly RollingCounter _calls = Counter(milliseconds);
    private RollingCounter? _failures; // made when first needed: most of a thousand partitions never fail
    private RollingCounter? _slow;

    public override void Record(bool failed, bool slow, long now, uint count = 1)
    {
        // Calls before failures, and read the other way round: so no reader sees more failures than calls.
        _calls.Add(count, now);
        if (failed)
        {
            Made(ref _failures).Add(count, now);
        }

        if (slow)
        {
            Made(ref _slow).Add(count, now);
        }
    }

    public override CallCounts Read(long now)
    {
        var failures = Volatile.Read(ref _failures)?.Sum(now) ?? 0;
        var slow = Volatile.Read(ref _slow)?.Sum(now) ?? 0;
        var calls = _calls.Sum(now);
        return new(calls, Math.Min(failures, calls), Math.Min(slow, calls));
    }

    private static RollingCounter Counter(long milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), Slots, default);

    private RollingCounter Made(ref RollingCounter? counter)
    {
        if (Volatile.Read(ref counter) is { } made)
        {
            return made;
        }

        var fresh = Counter(milliseconds);
        return Interlocked.CompareExchange(ref counter, fresh, null) ?? fresh;
    }
}
