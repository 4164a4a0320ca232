using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Recovery;

/// <summary>Says when a recovery acts, how often it may, and when it stops.</summary>
/// <remarks>Read once. Every limit is there so that recovery never becomes the loop that keeps a system down.</remarks>
public sealed class RecoveryOptions : IValidatableObject
{
    /// <summary>Gets or sets what is done about what is found.</summary>
    /// <value><see cref="RecoveryMode.DryRun"/> by default: read its audit trail before you let it act.</value>
    public RecoveryMode Mode { get; set; } = RecoveryMode.DryRun;

    /// <summary>Gets or sets how long after a look has ended the next one begins. While an action is verified, a fifth of it.</summary>
    /// <value>A time from 00:00:00.1000000 to 01:00:00; 5 s by default. Longer costs less, and finds out later.</value>
    [TimeRange("00:00:00.1000000", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how many looks in a row must find something before anything is done about it.</summary>
    /// <value>A number of looks from 1 to 100; 3 by default. Higher leaves more to what mends itself.</value>
    [Range(1, 100)]
    public int Confirmations { get; set; } = 3;

    /// <summary>Gets or sets how long one look may take, and asking for the lease.</summary>
    /// <value>A time from 00:00:00.0100000 to 00:05:00; 2 s by default. A look that takes longer has found out nothing.</value>
    [TimeRange("00:00:00.0100000", "00:05:00")]
    public TimeSpan DetectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long an action may take.</summary>
    /// <value>A time from 00:00:00.0100000 to 01:00:00; 30 s by default. One that takes longer is abandoned, and no other begins before it has ended.</value>
    [TimeRange("00:00:00.0100000", "01:00:00")]
    public TimeSpan ActTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long after an action it may take to help.</summary>
    /// <value>A time from 00:00:00 to 01:00:00; 30 s by default. Higher is more patient, and begins nothing else for longer.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan VerifyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how many actions all procedures together may take in an hour, once <see cref="Burst"/> is used up.</summary>
    /// <value>A number of actions from 1 to 1000; 6 by default.</value>
    [Range(1, 1000)]
    public int ActionsPerHour { get; set; } = 6;

    /// <summary>Gets or sets how many actions they may take in a short time after a quiet one.</summary>
    /// <value>A number of actions from 1 to 100; 3 by default.</value>
    [Range(1, 100)]
    public int Burst { get; set; } = 3;

    /// <summary>Gets or sets for how long a procedure rests after it has acted. Each time that it acts again without calm between, twice as long.</summary>
    /// <value>A time from 00:00:01 to 1.00:00:00; 30 s by default.</value>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan CoolDown { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the longest rest, jitter aside.</summary>
    /// <value>A time from 00:00:01 to 7.00:00:00; 30 min by default. Not below <see cref="CoolDown"/>.</value>
    [TimeRange("00:00:01", "7.00:00:00")]
    public TimeSpan MaxCoolDown { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Gets or sets for how long a procedure must find nothing before what it did earlier is forgotten.</summary>
    /// <value>A time from 00:00:01 to 1.00:00:00; 10 min by default. Shorter forgets the last relapse sooner.</value>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan CalmAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets after how many actions in a row that didn't help a procedure gives up.</summary>
    /// <value>A number of actions from 1 to 100; 3 by default.</value>
    [Range(1, 100)]
    public int GiveUpAfter { get; set; } = 3;

    /// <summary>Gets or sets how long after it gave up a procedure may try once more; <see cref="RecoveryOrchestrator.Rearm"/> lets it at once.</summary>
    /// <value>A time from 00:01:00 to 30.00:00:00; 4 h by default. One trial that doesn't help, and it gives up again.</value>
    [TimeRange("00:01:00", "30.00:00:00")]
    public TimeSpan RearmAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Gets or sets the share of a fleet's instances that may act at a time; one always may. For <see cref="Lease"/> to hold.</summary>
    /// <value>A ratio from 0.01 to 1; 0.25 by default.</value>
    [Range(0.01, 1.0)]
    public double FleetShare { get; set; } = 0.25;

    /// <summary>Gets or sets by how much of them pauses and rests are lengthened at most, by chance, so that a fleet doesn't act in step.</summary>
    /// <value>A ratio from 0 to 0.5; 0.2 by default.</value>
    [Range(0.0, 0.5)]
    public double Jitter { get; set; } = 0.2;

    /// <summary>Gets or sets how many lines of the audit trail are kept.</summary>
    /// <value>A number of lines from 1 to 10000; 256 by default.</value>
    [Range(1, 10_000)]
    public int KeptRecords { get; set; } = 256;

    /// <summary>Gets or sets what keeps a fleet from acting all at once.</summary>
    /// <value>Required. By default one that always grants, for an instance that is alone.</value>
    [Required]
    public IRecoveryLease Lease { get; set; } = UnsharedLease.Instance;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);

        if (MaxCoolDown < CoolDown)
        {
            yield return new($"{validationContext.DisplayName}:{nameof(MaxCoolDown)} is {MaxCoolDown}, which must not be below {nameof(CoolDown)} ({CoolDown}).");
        }
    }

    internal void ThrowIfInvalid(string recovery)
    {
        OptionRanges.Check(this, $"The recovery '{recovery}'");
        if (MaxCoolDown < CoolDown)
        {
            throw OptionRanges.Refuse($"The recovery '{recovery}'", nameof(MaxCoolDown), MaxCoolDown, $"must not be below CoolDown, which is {CoolDown}");
        }
    }

    internal RecoveryOptions Copy() => (RecoveryOptions)MemberwiseClone();
}
