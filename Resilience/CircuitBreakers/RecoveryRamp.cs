namespace Resilience.CircuitBreakers;

/// <summary>Lets a share of the calls through that grows in steps: 10 %, 25 %, 50 %, and then all of them.</summary>
/// <remarks>
/// Which calls pass is spread evenly by the golden ratio (Knuth, <i>The Art of Computer Programming</i>, vol. 3, 6.4), so the share is kept to
/// within three calls however few there are, and no regular pattern in the calls falls in step with it. Safe for concurrent use.
/// </remarks>
/// <param name="start">When it starts, in the clock's milliseconds.</param>
/// <param name="milliseconds">How long it takes; 1 or more.</param>
internal sealed class RecoveryRamp(long start, long milliseconds)
{
    private const uint GoldenRatio = 2_654_435_769; // 2^32 / φ

    private static readonly double[] _shares = [0.10, 0.25, 0.50];

    private int _calls = -1;

    /// <summary>Gets when it is over.</summary>
    public long End => start + milliseconds;

    /// <summary>Decides about one call.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>Whether it passes.</returns>
    public bool Admits(long now)
    {
        var turn = unchecked((uint)Interlocked.Increment(ref _calls) * GoldenRatio);
        return turn < ShareAt(now) * uint.MaxValue;
    }

    /// <summary>Gets the share of the calls that passes.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>From 0.1 to 1.</returns>
    public double ShareAt(long now) => StepAt(now) is var step && step < _shares.Length ? _shares[step] : 1;

    /// <summary>Gets when the share grows next.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>Not before <paramref name="now"/>.</returns>
    public long NextStep(long now) => Math.Max(now, start + (((StepAt(now) + 1) * milliseconds) / _shares.Length));

    private long StepAt(long now) => Math.Max(0, now - start) * _shares.Length / milliseconds;
}
