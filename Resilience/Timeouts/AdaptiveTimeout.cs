using Resilience.Measurement;

namespace Resilience.Timeouts;

/// <summary>Learns how long an operation may take from how long it takes.</summary>
/// <remarks>
/// Only successes teach, and time-outs, which count as their whole time: so one that is too short grows again. What fails fast would make a
/// broken operation look like a fast one. Safe for concurrent use; reading is one field.
/// </remarks>
internal sealed class AdaptiveTimeout(AdaptiveTimeoutOptions options, TimeSpan initial)
{
    private const int RelearnEvery = 64;

    private readonly LatencyHistogram _durations = new();
    private long _records;
    private long _ticks = initial.Ticks;
    private bool _learnt;

    public TimeSpan Current => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    public bool HasLearnt => Volatile.Read(ref _learnt);

    public void Record(TimeSpan duration)
    {
        _durations.Record(duration);
        var records = Interlocked.Increment(ref _records);
        if (records >= options.MinimumSamples && (records == options.MinimumSamples || records % RelearnEvery == 0))
        {
            var needed = (_durations.Quantile(options.Quantile) ?? TimeSpan.Zero) * options.Factor;
            Volatile.Write(ref _ticks, Math.Clamp(needed.Ticks, options.Minimum.Ticks, options.Maximum.Ticks));
            Volatile.Write(ref _learnt, true);
        }
    }
}
