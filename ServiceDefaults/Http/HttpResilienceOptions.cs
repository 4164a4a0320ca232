using System.ComponentModel.DataAnnotations;

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

    /// <summary>Gets or sets how many calls to one destination are under way at most; more are refused at once.</summary>
    /// <value>A number of calls from 1 to 100000; 256 by default.</value>
    [Range(1, 100_000)]
    public int MaxConcurrency { get; set; } = 256;

    /// <summary>Gets or sets the share of failed calls to one destination that opens its breaker.</summary>
    /// <value>A ratio from 0.01 to 1; 0.5 by default.</value>
    [Range(0.01, 1)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>Gets or sets how many calls there must be before the share means something.</summary>
    /// <value>A number of calls from 2 to 100000; 10 by default.</value>
    [Range(2, 100_000)]
    public int BreakerMinimumThroughput { get; set; } = 10;

    /// <summary>Gets or sets over how long calls are counted.</summary>
    /// <value>A time from 00:00:00.5 to 00:10:00; 00:00:10 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long nothing is sent to a destination whose breaker is open.</summary>
    /// <value>A time from 00:00:00.5 to 00:10:00; 00:00:02 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AttemptTimeout >= TotalTimeout)
        {
            yield return new(
                $"{validationContext.DisplayName}:AttemptTimeout is {AttemptTimeout}, which must be less than {validationContext.DisplayName}:TotalTimeout ({TotalTimeout}). Shorten the one or lengthen the other.");
        }

        if (RetryPause > LongestRetryPause)
        {
            yield return new(
                $"{validationContext.DisplayName}:RetryPause is {RetryPause}, which must not be more than {validationContext.DisplayName}:LongestRetryPause ({LongestRetryPause}).");
        }
    }
}
