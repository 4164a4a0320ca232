using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.Redis;

/// <summary>Says how often processes tell each other what their circuit breakers found, for how long that holds, and how many are believed.</summary>
public sealed class PeerOptions : IValidatableObject
{
    /// <summary>The section of the configuration: <c>Resilience:Peers</c>.</summary>
    public const string Section = "Resilience:Peers";

    /// <summary>Gets or sets what this process is called among its peers: a name that no other has at the same time.</summary>
    /// <value>Up to 100 letters; the machine's name and the process's number by default. One that outlives a restart keeps a crashed process from counting twice.</value>
    [StringLength(100, MinimumLength = 1)]
    public string? Node { get; set; }

    /// <summary>Gets or sets how often a process tells and asks. Changes of state are told at once.</summary>
    /// <value>A time from 00:00:00.1000000 to 00:00:10; 00:00:00.2500000 by default. Higher hears later and costs Redis less.</value>
    [TimeRange("00:00:00.1000000", "00:00:10")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets or sets for how long what a process said holds: after that it counts as gone, and its turn to probe is another's.</summary>
    /// <value>A time from 00:00:00.3000000 to 00:01:00; 00:00:01 by default. At least three times <see cref="Interval"/>. Higher forgives Redis longer gaps.</value>
    [TimeRange("00:00:00.3000000", "00:01:00")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how many other processes must have opened by what they saw themselves to be believed.</summary>
    /// <value>A number of processes from 2 to 1000; 2 by default. One alone is never believed: it may be the broken one.</value>
    [Range(2, 1000)]
    public int QuorumPeers { get; set; } = 2;

    /// <summary>Gets or sets the share of the other processes with an opinion that must have opened to be believed.</summary>
    /// <value>A ratio from 0.01 to 1; 0.5 by default. Those that called nothing lately have no opinion.</value>
    [Range(0.01, 1.0)]
    public double QuorumRatio { get; set; } = 0.5;

    /// <summary>Gets or sets the source of chance for the pauses' jitter.</summary>
    /// <value>Numbers from 0 (inclusive) to 1 (exclusive). Required; fix it in tests.</value>
    [Required]
    public Func<double> Draw { get; set; } = Randomness.Shared;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeToLive < 3 * Interval)
        {
            yield return new($"TimeToLive must be at least three times Interval, which is {Interval}: one lost exchange must not end what peers said.", [nameof(TimeToLive)]);
        }
    }
}
