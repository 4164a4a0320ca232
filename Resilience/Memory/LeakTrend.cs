namespace Resilience.Memory;

/// <summary>Tells a leak from a load: whether what is left after each full collection grows, and how sure that is.</summary>
/// <remarks>
/// A straight line through the last samples by least squares, and Student's t of its slope. Not safe for concurrent use.
/// Source: Draper, Smith, <i>Applied Regression Analysis</i>, 3rd ed., Wiley 1998, ch. 1, equations 1.2.4 and 1.4.9.
/// </remarks>
internal sealed class LeakTrend
{
    public const int Fewest = 8;

    private const int Window = 64;

    private readonly Queue<(double Seconds, double Bytes)> _samples = new(Window);

    /// <summary>Remembers what was alive after a full collection.</summary>
    public void Add(double seconds, long bytes)
    {
        if (_samples.Count == Window)
        {
            _samples.Dequeue();
        }

        _samples.Enqueue((seconds, bytes));
    }

    /// <summary>Gets by how many bytes a second it grows, and how sure it is that it grows at all.</summary>
    /// <returns>The confidence is from 0 to 1; both are 0 with fewer than <see cref="Fewest"/> samples.</returns>
    public (double BytesPerSecond, double Confidence) Read()
    {
        var count = _samples.Count;
        if (count < Fewest)
        {
            return (0, 0);
        }

        var (meanX, meanY) = (_samples.Average(static s => s.Seconds), _samples.Average(static s => s.Bytes));
        var sxx = _samples.Sum(s => Square(s.Seconds - meanX));
        if (sxx <= 0)
        {
            return (0, 0); // all at one moment
        }

        var slope = _samples.Sum(s => (s.Seconds - meanX) * (s.Bytes - meanY)) / sxx;
        var residual = _samples.Sum(s => Square(s.Bytes - meanY - (slope * (s.Seconds - meanX))));
        var deviation = Math.Sqrt(residual / (count - 2) / sxx);
        return (slope, slope <= 0 ? 0 : deviation <= 0 ? 1 : Confidence(slope / deviation, count - 2));
    }

    /// <summary>Gets the share of Student's distribution that lies within ±t.</summary>
    /// <remarks>Abramowitz, Stegun, <i>Handbook of Mathematical Functions</i>, equations 26.7.3 and 26.7.4.</remarks>
    internal static double Confidence(double t, int freedom)
    {
        var angle = Math.Atan(t / Math.Sqrt(freedom));
        var (sine, cosine) = Math.SinCos(angle);
        var isOdd = freedom % 2 == 1;
        var (term, sum) = isOdd ? (cosine, freedom > 1 ? cosine : 0) : (1.0, 1.0);
        for (var k = isOdd ? 3 : 2; k < freedom; k += 2)
        {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }

        return isOdd ? (angle + (sine * sum)) * 2 / Math.PI : sine * sum;
    }

    private static double Square(double value) => value * value;
}
