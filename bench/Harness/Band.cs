namespace Resilience.Benchmarks.Harness;

/// <summary>The middle of many measurements: their median, and the quarter on either side of it.</summary>
/// <param name="Low">What a quarter of them lies under.</param>
/// <param name="Median">What half of them lies under.</param>
/// <param name="High">What three quarters of them lie under.</param>
internal sealed record Band(double Low, double Median, double High)
{
    /// <summary>Gets the band of some measurements, between neighbours by straight line (Hyndman and Fan's type 7).</summary>
    public static Band Of(IEnumerable<double> measurements)
    {
        double[] sorted = [.. measurements.Order()];
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(measurements));
        return new(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    /// <summary>Gets the band of something that is counted and not measured.</summary>
    public static Band Exactly(double value) => new(value, value, value);

    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
