namespace Resilience.CircuitBreakers;

/// <summary>How sure a count makes one of a share.</summary>
/// <remarks>
/// Source: E. B. Wilson, <i>Probable inference, the law of succession, and statistical inference</i>, Journal of the American Statistical
/// Association 22 (1927). The quantile is P. J. Acklam's rational approximation, with a relative error below 1.2e-9.
/// </remarks>
internal static class Wilson
{
    /// <summary>Gets the share that the true one exceeds, as surely as <paramref name="z"/> says.</summary>
    /// <param name="hits">How often it happened.</param>
    /// <param name="trials">Of how many; at least <paramref name="hits"/>.</param>
    /// <param name="z">The normal quantile of the confidence, one-sided; 0 for the bare ratio.</param>
    /// <returns>From 0 to 1; 0 without trials.</returns>
    public static double LowerBound(long hits, long trials, double z)
    {
        if (trials <= 0)
        {
            return 0;
        }

        var (n, share, z2) = ((double)trials, (double)hits / trials, z * z);
        var centre = share + (z2 / (2 * n));
        var spread = z * Math.Sqrt(((share * (1 - share)) + (z2 / (4 * n))) / n);
        return Math.Max(0, (centre - spread) / (1 + (z2 / n)));
    }

    /// <summary>Gets the number of standard deviations below which a normal variable falls with a probability.</summary>
    /// <param name="probability">From 0.5 to below 1.</param>
    /// <returns>0 or more.</returns>
    public static double Quantile(double probability)
    {
        var q = probability - 0.5;
        if (q <= 0.47575)
        {
            var r = q * q;
            var numerator = Polynomial(r, -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.3577518672690, -30.66479806614716, 2.506628277459239);
            var denominator = Polynomial(r, -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1);
            return q * numerator / denominator;
        }

        var tail = Math.Sqrt(-2 * Math.Log(1 - probability));
        return -Polynomial(tail, -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783)
            / Polynomial(tail, 0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1);
    }

    private static double Polynomial(double x, params ReadOnlySpan<double> coefficients)
    {
        var sum = 0.0;
        foreach (var coefficient in coefficients)
        {
            sum = (sum * x) + coefficient;
        }

        return sum;
    }
}
