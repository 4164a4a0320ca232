namespace Resilience.Retries;

/// <summary>How the calls through a retry went since it was built.</summary>
/// <remarks>Every call that ended is counted once: <see cref="Calls"/> is the sum of the ways to end.</remarks>
public sealed record RetryStatistics
{
    /// <summary>Gets the retry's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many calls succeeded at the first attempt.</summary>
    public required long FirstTrySuccesses { get; init; }

    /// <summary>Gets how many calls succeeded at a later attempt.</summary>
    public required long Recovered { get; init; }

    /// <summary>Gets how many calls failed with no attempt left.</summary>
    public required long Exhausted { get; init; }

    /// <summary>Gets how many calls failed in a way that isn't tried again.</summary>
    public required long Unhandled { get; init; }

    /// <summary>Gets how many calls their own caller gave up.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Gets how many calls failed and were not tried again, for each reason.</summary>
    public required IReadOnlyDictionary<RetrySuppression, long> SuppressedBy { get; init; }

    /// <summary>Gets how many attempts were made after first attempts.</summary>
    public required long Retries { get; init; }

    /// <summary>Gets the sum of all waits.</summary>
    public required TimeSpan TotalDelay { get; init; }

    /// <summary>Gets the wait that half of all lately did not exceed.</summary>
    /// <value>Null before the first retry.</value>
    public required TimeSpan? MedianDelay { get; init; }

    /// <summary>Gets the wait that 99 of 100 lately did not exceed.</summary>
    /// <value>Null before the first retry.</value>
    public required TimeSpan? P99Delay { get; init; }

    /// <summary>Gets what the budget has left.</summary>
    public required double BudgetBalance { get; init; }

    /// <summary>Gets how many calls failed and were not tried again although an attempt was left.</summary>
    public long Suppressed => SuppressedBy.Values.Sum();

    /// <summary>Gets how many calls ended.</summary>
    public long Calls => FirstTrySuccesses + Recovered + Exhausted + Unhandled + Cancelled + Suppressed;
}
