using System.Globalization;

namespace Lab.Journals;

/// <summary>Says in a few words what a part of a journal holds.</summary>
public static class JournalSummaries
{
    /// <summary>Counts the attempts by status.</summary>
    /// <param name="attempts">The attempts.</param>
    /// <returns>For example "9 × 503, 19 × 504"; "none" stands for an attempt without an answer.</returns>
    public static string ByStatus(this IEnumerable<JournalEntry> attempts) => attempts.Select(static attempt => attempt.Status).ByStatus();

    /// <summary>Counts statuses.</summary>
    /// <param name="statuses">The statuses; null where there was no whole answer.</param>
    /// <returns>For example "9 × 503, 19 × 504"; "none" stands for null.</returns>
    public static string ByStatus(this IEnumerable<int?> statuses) => string.Join(", ", statuses
        .GroupBy(static status => status)
        .OrderBy(static group => group.Key)
        .Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} × {(object?)group.Key ?? "none"}")));

    /// <summary>Gets the attempts that were answered with another status than these.</summary>
    /// <param name="attempts">The attempts.</param>
    /// <param name="statuses">The statuses.</param>
    /// <returns>The others, as text.</returns>
    public static IEnumerable<string> OtherThan(this IEnumerable<JournalEntry> attempts, params int?[] statuses) =>
        attempts.Where(attempt => !statuses.Contains(attempt.Status)).Select(static attempt => string.Create(CultureInfo.InvariantCulture, $"attempt {attempt.Id}: {(object?)attempt.Status ?? "none"} after {(attempt.T1 - attempt.T0).TotalMilliseconds:F0} ms"));

    /// <summary>Gets how long the middle one of some attempts took.</summary>
    /// <param name="attempts">One at least.</param>
    /// <returns>The median.</returns>
    public static TimeSpan Median(this IEnumerable<JournalEntry> attempts)
    {
        var times = attempts.Select(static attempt => attempt.T1 - attempt.T0).Order().ToList();
        return times[times.Count / 2];
    }

    /// <summary>Gets how long the longest attempt took.</summary>
    /// <param name="attempts">One at least.</param>
    /// <returns>The time.</returns>
    public static TimeSpan Longest(this IEnumerable<JournalEntry> attempts) => attempts.Max(static attempt => attempt.T1 - attempt.T0);
}
