using System.Diagnostics;
using Resilience.Measurement;

namespace Resilience.Profiling;

/// <summary>A profiler's clocks, in ticks of its time stamp.</summary>
internal sealed class ProfilerClock
{
    private readonly TimeProvider? _provider; // null for the system's, which needs no virtual call
    private readonly Func<long>? _cpu;
    private readonly double _ticksPerNanosecond;

    public ProfilerClock(TimeProvider? time, TimeSpan cpuFrom, Func<long>? cpu)
    {
        _provider = ReferenceEquals(time, SystemTime.Provider) ? null : time;
        _cpu = cpu;
        Frequency = (time ?? SystemTime.Provider).TimestampFrequency;
        _ticksPerNanosecond = Frequency / 1e9;
        CpuFrom = cpu is null ? long.MaxValue : (long)(cpuFrom.TotalNanoseconds * _ticksPerNanosecond);
    }

    public long Frequency { get; }

    /// <summary>Gets from how many ticks on the CPU's clock is read.</summary>
    public long CpuFrom { get; }

    public bool HasCpu => _cpu is not null;

    public long Now => _provider is null ? Stopwatch.GetTimestamp() : _provider.GetTimestamp();

    public long Cpu => (long)(_cpu!() * _ticksPerNanosecond);

    public TimeSpan ToTime(long ticks) => TimeSpan.FromTicks((long)Math.Round((double)ticks * TimeSpan.TicksPerSecond / Frequency));
}
