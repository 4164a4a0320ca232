using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Retries;

/// <summary>What the loop needs of the options, checked and read once.</summary>
internal sealed record RetrySettings(
    string Name, int MaxRetries, BackoffSchedule Schedule, TimeSpan MaxDelay, double HintJitterRatio, bool DeadlineAware, bool HeedsUpstream, Func<double> Draw)
{
    /// <summary>Checks and reads options.</summary>
    /// <exception cref="ValidationException">One is out of its range, or two contradict each other.</exception>
    public static RetrySettings From<TResult>(BudgetedRetryStrategyOptions<TResult> options, string name)
    {
        var owner = $"The retry {name}";
        OptionRanges.Check(options, owner);
        if (options.MaxDelay < options.Delay)
        {
            throw OptionRanges.Refuse(owner, nameof(options.MaxDelay), options.MaxDelay, $"must be at least Delay, which is {options.Delay}");
        }

        return new(
            name,
            options.MaxRetryAttempts,
            new(options.Backoff, options.Delay, options.MaxDelay, options.Jitter),
            options.MaxDelay,
            options.RetryAfterJitterRatio,
            options.DeadlineAware,
            options.SuppressWhenUpstreamRetries,
            options.Draw);
    }
}
