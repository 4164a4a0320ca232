using System.Runtime.InteropServices;

namespace Resilience.Retries;

/// <summary>Says how long to wait before a retry: growth, then the cap, then chance.</summary>
/// <remarks>
/// The order is the point. Chance before the cap makes nearly every late wait equal to the cap, so that all callers come back at once. Every
/// sum saturates: any attempt number up to <see cref="int.MaxValue"/> gives a wait from zero to the cap. Safe for concurrent use; allocates nothing.
/// </remarks>
/// <param name="kind">How waits grow.</param>
/// <param name="first">The first wait; zero or more.</param>
/// <param name="cap">The longest wait; zero or more.</param>
/// <param name="jitter">How chance spreads them.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly struct BackoffSchedule(BackoffKind kind, TimeSpan first, TimeSpan cap, JitterKind jitter)
{
    // Beyond it a long overflows; the cap has won long before that.
    private const int LastFibonacci = 92;
    private const int WalkFactor = 3; // Brooker's

    private static readonly long[] _fibonacci = Fibonacci();

    private readonly long _first = Math.Min(first.Ticks, cap.Ticks);

    /// <summary>Gets the wait before a retry.</summary>
    /// <param name="retry">Its number; 1 for the first retry.</param>
    /// <param name="previous">Where the random walk stands: zero before the first retry; it is moved on.</param>
    /// <param name="draw">Draws from 0 (inclusive) to 1 (exclusive).</param>
    /// <returns>A time from zero to the cap.</returns>
    public TimeSpan Next(int retry, ref TimeSpan previous, Func<double> draw)
    {
        var walks = kind == BackoffKind.Decorrelated || jitter == JitterKind.Decorrelated;
        var ticks = walks ? (previous = Walk(previous, draw)).Ticks : Growth(retry).Ticks;

        return TimeSpan.FromTicks(jitter switch
        {
            JitterKind.Full => Between(0, ticks, draw),
            JitterKind.Equal => Between(ticks / 2, ticks, draw),
            _ => ticks,
        });
    }

    /// <summary>Gets the wait before a retry without chance, cut to the cap.</summary>
    /// <param name="retry">Its number; 1 for the first retry.</param>
    /// <returns>A time from zero to the cap; of a random walk, the first wait.</returns>
    public TimeSpan Growth(int retry) => TimeSpan.FromTicks(kind switch
    {
        BackoffKind.Linear => Times(retry),
        BackoffKind.Exponential => retry > 62 ? Times(long.MaxValue) : Times(1L << (retry - 1)),
        BackoffKind.Fibonacci => Times(_fibonacci[Math.Min(retry, LastFibonacci)]),
        _ => _first,
    });

    private static long Between(long low, long high, Func<double> draw) => low + (long)((high - low) * draw());

    private static long[] Fibonacci()
    {
        var table = new long[LastFibonacci + 1];
        table[1] = 1;
        for (var index = 2; index <= LastFibonacci; index++)
        {
            table[index] = table[index - 1] + table[index - 2];
        }

        return table;
    }

    private TimeSpan Walk(TimeSpan previous, Func<double> draw)
    {
        // The bound is cut to the cap, not what is drawn below it.
        var last = Math.Max(previous.Ticks, _first);
        var bound = last > cap.Ticks / WalkFactor ? cap.Ticks : last * WalkFactor;
        return TimeSpan.FromTicks(Between(_first, bound, draw));
    }

    private long Times(long factor) => _first == 0 ? 0 : factor > cap.Ticks / _first ? cap.Ticks : _first * factor;
}
