using Resilience.Measurement;

namespace Resilience.Profiling;

/// <summary>What one thread has measured at one place: only ever grows, is written by that thread alone, and read by anyone at any time.</summary>
/// <remarks>Hence no atomic operations: a writer's sums are its own, and a reader adds up the threads. Times are in the profiler's ticks.</remarks>
internal sealed class ScopeCounters
{
    private readonly long[]?[] _octaves = new long[]?[LatencyHistogram.Octaves]; // a scope's times lie within few doublings
    private long _opened;
    private long _closed;
    private long _wall;
    private long _selfWall;
    private long _selfCpu;
    private long _selfBytes;

    public void Open() => Volatile.Write(ref _opened, _opened + 1);

    /// <summary>Adds what happened in the scope's own code.</summary>
    public void Charge(long wall, long cpu, long bytes)
    {
        Volatile.Write(ref _selfWall, _selfWall + wall);
        Volatile.Write(ref _selfCpu, _selfCpu + cpu);
        Volatile.Write(ref _selfBytes, _selfBytes + bytes);
    }

    /// <summary>Counts a scope that is over.</summary>
    /// <returns>True when that took memory, which it does for the first scope of about such a length.</returns>
    public bool Close(long elapsed)
    {
        var bucket = LatencyHistogram.BucketOf(Math.Max(0, elapsed));
        ref var octave = ref _octaves[bucket / LatencyHistogram.Steps];
        var isFirst = octave is null;
        if (isFirst)
        {
            Volatile.Write(ref octave, new long[LatencyHistogram.Steps]);
        }

        ref var count = ref octave![bucket % LatencyHistogram.Steps];
        Volatile.Write(ref count, count + 1);
        Volatile.Write(ref _wall, _wall + elapsed);
        Volatile.Write(ref _closed, _closed + 1);
        return isFirst;
    }

    /// <summary>Adds what was measured here to a sum.</summary>
    public void AddTo(ScopeTotals totals)
    {
        totals.Closed += Volatile.Read(ref _closed);
        totals.Opened += Volatile.Read(ref _opened);
        totals.Wall += Volatile.Read(ref _wall);
        totals.SelfWall += Volatile.Read(ref _selfWall);
        totals.SelfCpu += Volatile.Read(ref _selfCpu);
        totals.SelfBytes += Volatile.Read(ref _selfBytes);
        for (var octave = 0; octave < _octaves.Length; octave++)
        {
            if (Volatile.Read(ref _octaves[octave]) is { } counts)
            {
                for (var step = 0; step < counts.Length; step++)
                {
                    totals.Buckets[(octave * LatencyHistogram.Steps) + step] += Volatile.Read(ref counts[step]);
                }
            }
        }
    }
}
