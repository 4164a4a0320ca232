namespace Resilience.CircuitBreakers;

/// <summary>How long a break lasts.</summary>
internal static class BreakSchedule
{
    /// <summary>Gets the length of a break that follows others.</summary>
    /// <remarks>Jitter is taken off after the cap, so that the longest breaks are spread as well, and none exceeds the cap.</remarks>
    /// <param name="first">The first break's length in milliseconds.</param>
    /// <param name="cap">What no break exceeds, in milliseconds; at least <paramref name="first"/>.</param>
    /// <param name="relapses">How many breaks came before without sustained health between; 0 or more.</param>
    /// <param name="jitter">The share that chance may take off.</param>
    /// <param name="draw">From 0 to 1.</param>
    /// <returns>1 millisecond or more.</returns>
    public static long Duration(long first, long cap, int relapses, double jitter, double draw)
    {
        var doubled = relapses >= 62 || first > cap >> relapses ? cap : first << relapses;
        return Math.Max(1, (long)(doubled * (1 - (jitter * draw))));
    }

    /// <summary>Gets the length of a break that the other side asked for.</summary>
    /// <remarks>Jitter is put on top: to come back earlier than asked would be rude, and all at once would be worse.</remarks>
    /// <param name="asked">What was asked for, in milliseconds.</param>
    /// <param name="cap">What that is cut to, in milliseconds.</param>
    /// <param name="jitter">The share that chance may add.</param>
    /// <param name="draw">From 0 to 1.</param>
    /// <returns>1 millisecond or more.</returns>
    public static long Throttled(long asked, long cap, double jitter, double draw) =>
        Math.Max(1, (long)(Math.Min(asked, cap) * (1 + (jitter * draw))));
}
