using Resilience.Measurement;

namespace Resilience.Profiling;

/// <summary>What all threads together have measured at one place.</summary>
internal sealed class ScopeTotals
{
    public long Opened { get; set; }

    public long Closed { get; set; }

    public long Wall { get; set; }

    public long SelfWall { get; set; }

    public long SelfCpu { get; set; }

    public long SelfBytes { get; set; }

    public long[] Buckets { get; } = new long[LatencyHistogram.Octaves * LatencyHistogram.Steps];

    /// <summary>Takes away what had been measured at an earlier time. What is open stays open.</summary>
    public void Subtract(ScopeTotals earlier)
    {
        Closed -= earlier.Closed;
        Opened -= earlier.Closed;
        Wall -= earlier.Wall;
        SelfWall -= earlier.SelfWall;
        SelfCpu -= earlier.SelfCpu;
        SelfBytes -= earlier.SelfBytes;
        for (var bucket = 0; bucket < Buckets.Length; bucket++)
        {
            Buckets[bucket] -= earlier.Buckets[bucket];
        }
    }

    /// <summary>Gets the time that a share of all scopes didn't exceed, at most 12.5 % too high; 0 when there were none.</summary>
    public long Quantile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Buckets.Sum()));
        long seen = 0;
        for (var bucket = 0; bucket < Buckets.Length; bucket++)
        {
            seen += Buckets[bucket];
            if (seen >= rank)
            {
                return LatencyHistogram.UpperBound(bucket);
            }
        }

        return 0;
    }
}
