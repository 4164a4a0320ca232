using System.ComponentModel.DataAnnotations;
using Polly;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.CircuitBreakers;

/// <summary>Says when a circuit breaker opens, for how long, and how it closes again.</summary>
/// <remarks>Read when a breaker is built or updated; changing an instance afterwards changes nothing.</remarks>
public class CircuitBreakerOptions : ResilienceStrategyOptions
{
    /// <summary>Initializes options with the documented defaults.</summary>
    public CircuitBreakerOptions() => Name = CircuitBreakerTelemetry.StrategyName;

    /// <summary>Gets or sets the share of failed calls that is too much.</summary>
    /// <value>A ratio from 0.01 to 0.99; 0.5 by default. Higher tolerates more.</value>
    [Range(0.01, 0.99)]
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Gets or sets how sure it must be that the true share is above <see cref="FailureRatio"/> before the breaker opens.</summary>
    /// <remarks>
    /// The lower end of Wilson's interval is compared, so that 2 failures of 3 don't open a breaker set to one half and 60 of 100 do. At 0.5 the
    /// bare ratio is compared.
    /// </remarks>
    /// <value>A probability from 0.5 to 0.9999; 0.95 by default. Higher waits for more evidence.</value>
    [Range(0.5, 0.9999)]
    public double Confidence { get; set; } = 0.95;

    /// <summary>Gets or sets how many calls the window must hold before its ratios are looked at.</summary>
    /// <value>A number of calls from 1 to 1000000; 10 by default. Higher never judges a quiet client.</value>
    [Range(1, 1_000_000)]
    public int MinimumThroughput { get; set; } = 10;

    /// <summary>Gets or sets how many failures in a row open the breaker, whatever the ratio.</summary>
    /// <value>A number of calls from 1 to 1000000, or null for none; null by default.</value>
    [Range(1, 1_000_000)]
    public int? ConsecutiveFailures { get; set; }

    /// <summary>Gets or sets whether the window is a stretch of time or a number of calls.</summary>
    /// <value><see cref="SamplingWindow.Time"/> by default.</value>
    public SamplingWindow Window { get; set; }

    /// <summary>Gets or sets how far back calls are remembered, if the window is a stretch of time.</summary>
    /// <value>A time from 00:00:01 to 01:00:00; 00:00:30 by default. Higher reacts later and forgets later.</value>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how many calls are remembered, if the window is a number of calls.</summary>
    /// <value>A number of calls from 1 to 100000; 100 by default. It costs a byte each.</value>
    [Range(1, 100_000)]
    public int SamplingCount { get; set; } = 100;

    /// <summary>Gets or sets the time from which on a call is slow.</summary>
    /// <value>A time from 00:00:00.0200000 to 01:00:00, or null if calls may take as long as they like; null by default.</value>
    [TimeRange("00:00:00.0200000", "01:00:00")]
    public TimeSpan? SlowCallThreshold { get; set; }

    /// <summary>Gets or sets the share of slow calls that is too much.</summary>
    /// <value>A ratio from 0.01 to 0.99; 0.5 by default.</value>
    [Range(0.01, 0.99)]
    public double SlowCallRatio { get; set; } = 0.5;

    /// <summary>Gets or sets whether a call that has not returned yet counts as slow once it is older than <see cref="SlowCallThreshold"/>.</summary>
    /// <value>True by default: what hangs never returns to be counted.</value>
    public bool CountInFlightSlowCalls { get; set; } = true;

    /// <summary>Gets or sets how long the first break lasts; each break that follows a relapse lasts twice as long as the one before.</summary>
    /// <value>A time from 00:00:00.0100000 to 1.00:00:00; 00:00:05 by default.</value>
    [TimeRange("00:00:00.0100000", "1.00:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets what a break never exceeds, however often it doubled.</summary>
    /// <value>A time from 00:00:00.0100000 to 1.00:00:00; 00:02:00 by default. Not below <see cref="BreakDuration"/>.</value>
    [TimeRange("00:00:00.0100000", "1.00:00:00")]
    public TimeSpan MaxBreakDuration { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets the share of a break that chance may take off, so that many processes don't come back at the same moment.</summary>
    /// <value>A ratio from 0 to 0.9; 0.2 by default.</value>
    [Range(0.0, 0.9)]
    public double BreakJitter { get; set; } = 0.2;

    /// <summary>Gets or sets how long a breaker must stay closed until its next break starts from <see cref="BreakDuration"/> again.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:01:00 by default.</value>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan GrowthResetAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets what a pause that the other side asks for is cut to; jitter is added on top, never taken off.</summary>
    /// <value>A time from 00:00:00 to 01:00:00; 00:00:30 by default. Zero ignores such wishes.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan MaxThrottledBreak { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how many probes may be under way at a time after a break.</summary>
    /// <value>A number of calls from 1 to 1000; 3 by default.</value>
    [Range(1, 1000)]
    public int ProbeCount { get; set; } = 3;

    /// <summary>Gets or sets how many probes must succeed, with none failing, before the ramp begins.</summary>
    /// <value>A number of calls from 1 to 1000; 2 by default.</value>
    [Range(1, 1000)]
    public int RequiredProbeSuccesses { get; set; } = 2;

    /// <summary>Gets or sets how long a probe may take until another is let in for it, and what it brings back is ignored.</summary>
    /// <value>A time from 00:00:00.0100000 to 01:00:00; 00:00:10 by default.</value>
    [TimeRange("00:00:00.0100000", "01:00:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long it takes from 10 % over 25 % and 50 % to all of the calls once the probes have succeeded.</summary>
    /// <value>A time from 00:00:00 to 01:00:00; 00:00:10 by default. Zero closes at once.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan RampDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets whether calls are refused or only counted.</summary>
    /// <value><see cref="BreakerMode.Enforce"/> by default.</value>
    public BreakerMode Mode { get; set; }

    /// <summary>Gets or sets what an exception says, where the built-in rule is not enough.</summary>
    /// <remarks>Not asked about the caller's own cancellation, which is always neutral. If it throws, the built-in rule decides.</remarks>
    /// <value>Null by default: what throws failed, except for refusals by patterns further in.</value>
    public Func<Exception, CallVerdict>? ClassifyException { get; set; }

    /// <summary>Gets or sets what is told of every change of state: once each, in order, on a pool thread and never under a lock.</summary>
    /// <value>Null by default. What it throws is counted and dropped.</value>
    public Action<CircuitTransition>? OnTransition { get; set; }

    /// <summary>Gets or sets the source of chance for the jitter.</summary>
    /// <value>Numbers from 0 (inclusive) to 1 (exclusive). Required; fix it in tests.</value>
    [Required]
    public Func<double> Draw { get; set; } = Randomness.Shared;

    internal CircuitBreakerSettings? LastSettings { get; set; }
}
