namespace Resilience.Recovery;

/// <summary>How many actions may be taken now: a bucket of tokens that fills by so many in an hour. Not safe for concurrent use.</summary>
/// <param name="perHour">How many come back in an hour.</param>
/// <param name="burst">How many there are at most, and at first.</param>
/// <param name="now">The clock's milliseconds.</param>
internal sealed class ActionBudget(int perHour, int burst, long now)
{
    private const double MillisecondsPerHour = 60.0 * 60 * 1000;

    private double _tokens = burst;
    private long _at = now;

    /// <summary>Gets how many actions may be taken.</summary>
    /// <param name="now">The clock's milliseconds.</param>
    public double Available(long now) => Math.Min(burst, _tokens + (perHour * (now - _at) / MillisecondsPerHour));

    /// <summary>Takes an action off; only when one is available.</summary>
    /// <param name="now">The clock's milliseconds.</param>
    public void Take(long now) => (_tokens, _at) = (Available(now) - 1, now);
}
