using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Resilience.Pipelines;

/// <summary>The times of one pipeline, which refuse to be built into it when what is inside doesn't fit into what is outside.</summary>
/// <remarks>
/// A retry that the total time-out always cuts off is a lie in the configuration: it promises attempts that are never made. So is a breaker whose window is
/// shorter than two attempts, which forgets a time-out as it learns of it.
/// </remarks>
public sealed record TimeBudget
{
    /// <summary>Gets the pipeline's name.</summary>
    public required string Pipeline { get; init; }

    /// <summary>Gets the time for everything.</summary>
    public required BudgetSetting<TimeSpan> Total { get; init; }

    /// <summary>Gets the time for one attempt.</summary>
    public required BudgetSetting<TimeSpan> AttemptTimeout { get; init; }

    /// <summary>Gets how many attempts may follow the first; none by default.</summary>
    public BudgetSetting<int> MaxRetryAttempts { get; init; } = new(nameof(MaxRetryAttempts), 0);

    /// <summary>Gets the longest that all the delays between attempts can add up to, jitter included; none by default.</summary>
    public BudgetSetting<TimeSpan> Delays { get; init; } = new(nameof(Delays), TimeSpan.Zero);

    /// <summary>Gets how long a breaker remembers; null without one.</summary>
    public BudgetSetting<TimeSpan>? SamplingDuration { get; init; }

    /// <summary>Gets how long the caller waits; null when nobody knows.</summary>
    public BudgetSetting<TimeSpan>? Upstream { get; init; }

    /// <summary>Gets the longest that all attempts and the delays between them can take.</summary>
    public TimeSpan Needed => Saturated(((MaxRetryAttempts.Value + 1.0) * AttemptTimeout.Value.Ticks) + Delays.Value.Ticks);

    /// <summary>Adds up delays, without overflow.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="delayOf">The longest that the delay after an attempt can be, jitter included; 0 is the first.</param>
    /// <returns>Their sum.</returns>
    public static TimeSpan LongestDelays(int count, Func<int, TimeSpan> delayOf)
    {
        ArgumentNullException.ThrowIfNull(delayOf);

        var sum = 0.0;
        for (var attempt = 0; attempt < count && sum < TimeSpan.MaxValue.Ticks; attempt++)
        {
            sum += delayOf(attempt).Ticks;
        }

        return Saturated(sum);
    }

    /// <summary>Says what doesn't fit.</summary>
    /// <returns>A sentence for each: which settings, with which values, and what to do. Empty if everything fits.</returns>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (AttemptTimeout.Value >= Total.Value)
        {
            problems.Add(
                $"{Named(AttemptTimeout)} is not shorter than {Named(Total)}, so an attempt never times out by itself. "
                + $"Lower {AttemptTimeout.Key}, or raise {Total.Key} above {Text(AttemptTimeout.Value)}.");
        }
        else if (Needed > Total.Value)
        {
            problems.Add(
                $"{MaxRetryAttempts.Value + 1L} attempts ({MaxRetryAttempts.Key} is {MaxRetryAttempts.Value}) of {Named(AttemptTimeout)} with delays of up to {Named(Delays)} take {Text(Needed)}, "
                + $"which doesn't fit into {Named(Total)}. Raise {Total.Key} to at least {Text(Needed)}, or lower {MaxRetryAttempts.Key}, {AttemptTimeout.Key} or {Delays.Key}.");
        }

        if (Upstream is { } upstream && Total.Value > upstream.Value)
        {
            problems.Add(
                $"{Named(Total)} is longer than the caller waits, {Named(upstream)}. Lower {Total.Key} to at most {Text(upstream.Value)}, or raise {upstream.Key}.");
        }

        if (SamplingDuration is { } sampling && sampling.Value.Ticks < 2.0 * AttemptTimeout.Value.Ticks)
        {
            problems.Add(
                $"{Named(sampling)} is shorter than two attempts of {Named(AttemptTimeout)}, so the breaker forgets time-outs as it learns of them. "
                + $"Raise {sampling.Key} to at least {Text(Saturated(2.0 * AttemptTimeout.Value.Ticks))}, or lower {AttemptTimeout.Key}.");
        }

        return problems;
    }

    /// <summary>Refuses to go on if anything doesn't fit.</summary>
    /// <exception cref="ValidationException">Something doesn't fit: the message has all that <see cref="Problems"/> says.</exception>
    public void EnsureFits()
    {
        if (Problems() is { Count: > 0 } problems)
        {
            throw new ValidationException($"The pipeline {Pipeline} can't be built. {string.Join(' ', problems)}");
        }
    }

    private static TimeSpan Saturated(double ticks) => ticks >= TimeSpan.MaxValue.Ticks ? TimeSpan.MaxValue : new((long)ticks);

    private static string Named(BudgetSetting<TimeSpan> setting) => $"{Text(setting.Value)} ({setting.Key})";

    private static string Text(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.###} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
