namespace Resilience.Measurement;

/// <summary>Milliseconds that only ever grow: what every duration in this library is measured with.</summary>
/// <remarks>
/// Never the wall clock, which people and NTP set back and forth. For the system's own time it reads <see cref="Environment.TickCount64"/>
/// (1 to 15 ms coarse), which is enough for windows, breaks and time-outs and costs a fraction of what a precise time stamp costs; any other
/// provider, such as a test's, is asked for its time stamp. Safe for concurrent use; allocates nothing.
/// </remarks>
/// <param name="time">Where time comes from.</param>
internal readonly struct MonotonicClock(TimeProvider time)
{
#pragma warning disable RS0030 // Compared with, not read from: the provider is still handed over.
    private readonly TimeProvider? _provider = ReferenceEquals(time, TimeProvider.System) ? null : time;
#pragma warning restore RS0030

    /// <summary>Gets the time in milliseconds since some moment in the past.</summary>
    public long Now => _provider is null ? Environment.TickCount64 : Convert(_provider);

    // Whole seconds first: a time stamp times a thousand would overflow after a few years of nanoseconds.
    private static long Convert(TimeProvider provider)
    {
        var (stamp, frequency) = (provider.GetTimestamp(), provider.TimestampFrequency);
        var (seconds, rest) = Math.DivRem(stamp, frequency);
        return (seconds * 1000) + (rest * 1000 / frequency);
    }
}
