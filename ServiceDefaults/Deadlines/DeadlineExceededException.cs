using System.Globalization;

namespace ServiceDefaults.Deadlines;

/// <summary>The time that the caller gave is over, so the work on its request was given up.</summary>
/// <param name="budget">How long there was.</param>
/// <param name="elapsed">How long it took until now.</param>
/// <param name="innerException">What gave up.</param>
public sealed class DeadlineExceededException(TimeSpan budget, TimeSpan elapsed, Exception? innerException = null) : Exception(
    string.Create(
        CultureInfo.InvariantCulture,
        $"The deadline of {budget.TotalMilliseconds:F0} ms ran out after {elapsed.TotalMilliseconds:F0} ms. Give the request more time, or ask for less."),
    innerException)
{
    /// <summary>Gets how long there was.</summary>
    public TimeSpan Budget { get; } = budget;

    /// <summary>Gets how long it took until now.</summary>
    public TimeSpan Elapsed { get; } = elapsed;
}
