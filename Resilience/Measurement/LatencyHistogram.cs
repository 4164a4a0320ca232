using System.Numerics;

namespace Resilience.Measurement;

/// <summary>Remembers how long things took, well enough to say "99 of 100 took at most this".</summary>
/// <remarks>
/// Buckets whose width grows with their value (eight to a doubling, so a quantile is at most 12.5 % too high), in the manner of HdrHistogram
/// (Gil Tene). Old values fade: every <c>halfLife</c> records, all counts are halved. Safe for concurrent use; a record is one atomic
/// increment and allocates nothing; 2.5 KB each.
/// </remarks>
/// <param name="halfLife">After how many records the counts are halved; 1 or more.</param>
internal sealed class LatencyHistogram(int halfLife = 4096)
{
    internal const int Steps = 1 << StepsBits;
    internal const int Octaves = 40;
    private const int StepsBits = 3;
    private const int Buckets = Octaves * Steps; // up to 2^42 µs, which is 50 days
    private readonly long[] _counts = new long[Buckets];
    private long _records;

    /// <summary>Gets how many values are remembered, faded ones counted less.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            foreach (ref readonly var count in _counts.AsSpan())
            {
                sum += Volatile.Read(in count);
            }

            return sum;
        }
    }

    /// <summary>Remembers one value.</summary>
    /// <param name="elapsed">How long it took; negative counts as zero.</param>
    public void Record(TimeSpan elapsed)
    {
        Interlocked.Increment(ref _counts[BucketOf(Math.Max(0, elapsed.Ticks / TimeSpan.TicksPerMicrosecond))]);
        if (Interlocked.Increment(ref _records) % halfLife == 0)
        {
            Fade();
        }
    }

    /// <summary>Gets the value that a share of all values does not exceed.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <returns>The upper bound of the bucket that the quantile lies in; null when nothing is remembered.</returns>
    public TimeSpan? Quantile(double share)
    {
        var total = Count;
        if (total == 0)
        {
            return null;
        }

        var rank = Math.Max(1, (long)Math.Ceiling(share * total));
        long seen = 0;
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= rank)
            {
                return TimeSpan.FromMicroseconds(UpperBound(bucket));
            }
        }

        return TimeSpan.FromMicroseconds(UpperBound(Buckets - 1)); // counts moved meanwhile
    }

    internal static int BucketOf(long microseconds)
    {
        if (microseconds < Steps)
        {
            return (int)microseconds;
        }

        var doubling = BitOperations.Log2((ulong)microseconds) - StepsBits;
        return Math.Min(Buckets - 1, (doubling << StepsBits) + (int)(microseconds >> doubling));
    }

    internal static long UpperBound(int bucket)
    {
        if (bucket < 2 * Steps)
        {
            return bucket;
        }

        var doubling = (bucket >> StepsBits) - 1;
        return ((((long)bucket & (Steps - 1)) + Steps + 1) << doubling) - 1;
    }

    private void Fade()
    {
        foreach (ref var count in _counts.AsSpan())
        {
            // A record between the two is kept: only what was read is halved.
            var seen = Volatile.Read(ref count);
            Interlocked.Add(ref count, -(seen - (seen >> 1)));
        }
    }
}
