using System.ComponentModel.DataAnnotations;
using Resilience.Pipelines;

namespace ServiceDefaults.Http;

/// <summary>How one <see cref="HttpClient"/> deals with trouble. Section <c>Resilience:Clients:{name}</c>; the name of a typed client is its class.</summary>
public sealed class HttpResilienceOptions : IValidatableObject
{
    internal const string Section = "Resilience:Clients";

    /// <summary>Gets or sets whether this client is guarded at all.</summary>
    /// <value><see langword="true"/> by default. False leaves the client with service discovery and telemetry only.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Gets or sets how long a call may take with all its attempts and pauses.</summary>
    /// <value>A time from 00:00:00.01 to 00:10:00; 00:00:10 by default. The deadline of the request being served ends it sooner.</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long one attempt may take until its headers are there.</summary>
    /// <value>A time from 00:00:00.01 to 00:10:00; 00:00:03 by default. Shorter than <see cref="TotalTimeout"/>.</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Gets or sets how often a call that may be repeated is tried again.</summary>
    /// <value>A number of attempts after the first, from 0 to 10; 2 by default. Each multiplies the load on a service that is in trouble.</value>
    [Range(0, 10)]
    public int MaxRetries { get; set; } = 2;

    /// <summary>Gets or sets the first pause; it doubles, with jitter.</summary>
    /// <value>A time from 00:00:00.001 to 00:00:10; 00:00:00.05 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets the longest pause. A <c>Retry-After</c> beyond it isn't waited for: the caller gets the refusal.</summary>
    /// <value>A time from 00:00:00.001 to 00:01:00; 00:00:02 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan LongestRetryPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets after how long without an answer a call that only reads, or carries an <c>Idempotency-Key</c>, is sent a second time beside the first.</summary>
    /// <value>
    /// A time from 00:00:00 to 00:01:00; 00:00:00 by default, which is never. Shorter than <see cref="AttemptTimeout"/>. The time in which 95 of 100 calls are answered makes
    /// at most 5 more of 100; the budget of retries bounds it where all calls are slow.
    /// </value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan HedgeAfter { get; set; } = TimeSpan.Zero;

    /// <summary>Gets or sets how many calls to one destination are under way at most; more are refused at once.</summary>
    /// <value>A number of calls from 1 to 100000; 256 by default.</value>
    [Range(1, 100_000)]
    public int MaxConcurrency { get; set; } = 256;

    /// <summary>Gets or sets the share of failed calls to one destination that opens its breaker.</summary>
    /// <value>A ratio from 0.01 to 0.99; 0.5 by default. It opens only once it is 95 % certain that the true share is above.</value>
    [Range(0.01, 0.99)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>Gets or sets how many calls there must be before the share means something; as many failures in a row open the breaker, too.</summary>
    /// <value>A number of calls from 2 to 100000; 10 by default.</value>
    [Range(2, 100_000)]
    public int BreakerMinimumThroughput { get; set; } = 10;

    /// <summary>Gets or sets over how long calls are counted.</summary>
    /// <value>A time from 00:00:01 to 00:10:00; 00:00:10 by default. At least twice <see cref="AttemptTimeout"/>.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long nothing is sent to a destination whose breaker is open; it doubles, with jitter, as long as probes fail.</summary>
    /// <value>A time from 00:00:00.5 to 00:10:00; 00:00:02 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets the longest that <see cref="BreakerPause"/> grows to.</summary>
    /// <value>A time from 00:00:00.5 to 00:10:00; 00:00:05 by default. Not less than <see cref="BreakerPause"/>.</value>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan LongestBreakerPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets for how long at most a destination that refuses one call with a <c>Retry-After</c> is left alone by all.</summary>
    /// <value>
    /// A time from 00:00:00 to 00:10:00; 00:00:00 by default: only the call that was refused waits. A service that sheds a part of its load, or limits
    /// each client, means that one call; raise this for one that means everybody.
    /// </value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LongestThrottledPause { get; set; } = TimeSpan.Zero;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);

        var section = validationContext.DisplayName;
        if (AttemptTimeout >= TotalTimeout)
        {
            yield return new(
                $"{section}:AttemptTimeout is {AttemptTimeout}, which must be less than {section}:TotalTimeout ({TotalTimeout}). Shorten the one or lengthen the other.");
            yield break; // what else doesn't fit follows from that
        }

        foreach (var problem in BudgetOf(section).Problems())
        {
            yield return new(problem);
        }

        if (HedgeAfter >= AttemptTimeout)
        {
            yield return new(
                $"{section}:HedgeAfter is {HedgeAfter}, which must be less than {section}:AttemptTimeout ({AttemptTimeout}): there would be nothing to send beside. Shorten it, or set it to 00:00:00 for never.");
        }

        if (RetryPause > LongestRetryPause)
        {
            yield return new(
                $"{section}:RetryPause is {RetryPause}, which must not be more than {section}:LongestRetryPause ({LongestRetryPause}).");
        }

        if (BreakerPause > LongestBreakerPause)
        {
            yield return new(
                $"{section}:BreakerPause is {BreakerPause}, which must not be more than {section}:LongestBreakerPause ({LongestBreakerPause}).");
        }
    }

    private TimeBudget BudgetOf(string section) => new()
    {
        Pipeline = section,
        Total = new($"{section}:TotalTimeout", TotalTimeout),
        AttemptTimeout = new($"{section}:AttemptTimeout", AttemptTimeout),
        MaxRetryAttempts = new($"{section}:MaxRetries", MaxRetries),
        Delays = new($"{section}:RetryPause", TimeBudget.LongestDelays(MaxRetries, PauseAfter)),
        SamplingDuration = new($"{section}:BreakerWindow", BreakerWindow),
    };

    private TimeSpan PauseAfter(int attempt)
    {
        var pause = RetryPause * Math.Pow(2, attempt);
        return pause < LongestRetryPause ? pause : LongestRetryPause;
    }
}
