using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Resilience.Pipelines;

namespace Database;

/// <summary>How a service's statements deal with trouble. Section <c>Resilience:Database:{pipeline}</c>.</summary>
public sealed class DatabasePipelineOptions : IValidatableObject
{
    internal const string Section = "Resilience:Database";

    /// <summary>Gets or sets how long a statement or transaction may take with all its tries, the pauses between them, and the wait for its turn.</summary>
    /// <value>A time from 00:00:00.01 to 00:01:00; 00:00:05 by default. The deadline of the request being served ends it sooner.</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how often what failed for a passing reason is tried again.</summary>
    /// <value>A number of tries after the first, from 0 to 10; 2 by default. Each is more work for a database that is in trouble.</value>
    [Range(0, 10)]
    public int MaxRetries { get; set; } = 2;

    /// <summary>Gets or sets the first pause; it doubles, with full jitter.</summary>
    /// <value>A time from 00:00:00.001 to 00:00:10; 00:00:00.02 by default. All pauses together are less than <see cref="TotalTimeout"/>.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets or sets how many may run at a time, so that those that got slow can't take every connection of the pool from the others.</summary>
    /// <value>A number of statements or transactions from 1 to 100000; by default as many as the pool has connections.</value>
    [Range(1, 100_000)]
    public int? MaxConcurrency { get; set; }

    /// <summary>Gets or sets how many may wait for their turn; more are refused at once. Without <see cref="MaxConcurrency"/> nobody waits.</summary>
    /// <value>A number of statements or transactions from 0 to 100000; 128 by default.</value>
    [Range(0, 100_000)]
    public int MaxQueue { get; set; } = 128;

    /// <summary>Gets or sets how long one may wait for its turn before it is refused.</summary>
    /// <value>A time from 00:00:00.001 to 00:01:00; 00:00:01 by default. Not more than <see cref="TotalTimeout"/>.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan MaxQueueTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);

        var section = validationContext.DisplayName;
        var pauses = TimeBudget.LongestDelays(MaxRetries, attempt => RetryPause * Math.Pow(2, attempt));
        if (pauses >= TotalTimeout)
        {
            yield return new(string.Create(
                CultureInfo.InvariantCulture,
                $"{section}:RetryPause is {RetryPause}: with {section}:MaxRetries ({MaxRetries}) the pauses add up to {pauses}, which must be less than {section}:TotalTimeout ({TotalTimeout}). Lower one of the first two, or raise the last."));
        }

        if (MaxQueueTime > TotalTimeout)
        {
            yield return new(
                $"{section}:MaxQueueTime is {MaxQueueTime}, which must not be more than {section}:TotalTimeout ({TotalTimeout}). Shorten the one or lengthen the other.");
        }
    }
}
