using System.ComponentModel.DataAnnotations;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.Retries;

/// <summary>Says what is tried again, how often, and after which waits.</summary>
/// <remarks>Read when a retry is built; changing an instance afterwards changes nothing. Callbacks may be called by many threads at a time.</remarks>
/// <typeparam name="TResult">What the guarded call returns.</typeparam>
public class BudgetedRetryStrategyOptions<TResult> : ResilienceStrategyOptions
{
    /// <summary>Initializes options with the documented defaults.</summary>
    public BudgetedRetryStrategyOptions() => Name = RetryTelemetry.StrategyName;

    /// <summary>Gets or sets how often to try again after the first attempt.</summary>
    /// <value>A number of retries from 0 to 2147483647; 3 by default. At 0 nothing is tried again.</value>
    [Range(0, int.MaxValue)]
    public int MaxRetryAttempts { get; set; } = 3;

    /// <summary>Gets or sets how waits grow.</summary>
    /// <value><see cref="BackoffKind.Exponential"/> by default.</value>
    public BackoffKind Backoff { get; set; }

    /// <summary>Gets or sets the first wait, before chance.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:00:00.2000000 by default. At 0, retries follow at once.</value>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets or sets the longest wait, whatever the growth or the answer says.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:00:10 by default.</value>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how chance spreads the waits.</summary>
    /// <value><see cref="JitterKind.Full"/> by default.</value>
    public JitterKind Jitter { get; set; }

    /// <summary>Gets or sets how far above what an answer asks for (<see cref="RetryAfter"/>) chance may go.</summary>
    /// <value>A ratio from 0 to 1; 0.1 by default, so that those who were told the same second don't come back in the same millisecond.</value>
    [Range(0.0, 1.0)]
    public double RetryAfterJitterRatio { get; set; } = 0.1;

    /// <summary>Gets or sets what pays for retries. Share it between all that call the same dependency.</summary>
    /// <value>Null, which is one of its own with the defaults of <see cref="RetryBudgetOptions"/>, by default.</value>
    public RetryBudget? Budget { get; set; }

    /// <summary>Gets or sets a value indicating whether a retry that can't end before the deadline is left out.</summary>
    /// <value>True by default. What is compared is the wait and the usual time of an attempt with what is left.</value>
    public bool DeadlineAware { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether nothing is tried again while somebody further up is retrying (<see cref="AttemptCount"/>).</summary>
    /// <value>True by default.</value>
    public bool SuppressWhenUpstreamRetries { get; set; } = true;

    /// <summary>Gets or sets which exceptions are tried again.</summary>
    /// <value>
    /// By default all but refusals made on this side, such as an open breaker's: trying again at once would undo them. Time-outs are tried again.
    /// What the caller cancelled never is, whatever this says. Required.
    /// </value>
    [Required]
    public Func<Exception, bool> HandleException { get; set; } =
        static exception => exception is TimeoutRejectedException or not ExecutionRejectedException;

    /// <summary>Gets or sets which results are tried again; one that is given up for another attempt is disposed.</summary>
    /// <value>Null, which is none, by default.</value>
    public Func<TResult, bool>? HandleResult { get; set; }

    /// <summary>Gets or sets whether this call may be made twice: looked at when an attempt has failed.</summary>
    /// <value>Null, which is always, by default. Refuse what isn't idempotent and may have arrived.</value>
    public Func<RetryPredicateArguments<TResult>, bool>? MayRepeat { get; set; }

    /// <summary>Gets or sets what reads an answer's own wish for when to try again, such as <c>Retry-After</c>; the second argument is the wall clock's time.</summary>
    /// <value>Null, which is no wish, by default. A wish lengthens the wait, up to <see cref="MaxDelay"/>, and never shortens it.</value>
    public Func<RetryDelayGeneratorArguments<TResult>, DateTimeOffset, RetryAfterHint>? RetryAfter { get; set; }

    /// <summary>Gets or sets what is told of a retry before its wait.</summary>
    /// <value>Null by default. What it throws is swallowed and counted.</value>
    public Func<OnRetryArguments<TResult>, ValueTask>? OnRetry { get; set; }

    /// <summary>Gets or sets the source of randomness.</summary>
    /// <value>Numbers from 0 (inclusive) to 1 (exclusive). Required; fix it in tests.</value>
    [Required]
    public Func<double> Draw { get; set; } = Randomness.Shared;
}
