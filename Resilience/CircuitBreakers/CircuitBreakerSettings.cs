namespace Resilience.CircuitBreakers;

/// <summary>The options as the machine needs them: checked, in milliseconds, and never changing again.</summary>
internal sealed record CircuitBreakerSettings
{
    /// <summary>Gets what stands for "no limit" where an option may be null.</summary>
    public const int Never = int.MaxValue;

    private CircuitBreakerSettings(CircuitBreakerOptions options)
    {
        FailureRatio = options.FailureRatio;
        Confidence = options.Confidence;
        Z = Wilson.Quantile(options.Confidence);
        MinimumThroughput = options.MinimumThroughput;
        ConsecutiveFailures = options.ConsecutiveFailures ?? Never;
        CountsCalls = options.Window == SamplingWindow.Count;
        Sampling = CountsCalls ? options.SamplingCount : Milliseconds(options.SamplingDuration);
        SlowCall = options.SlowCallThreshold is { } slow ? Milliseconds(slow) : long.MaxValue;
        SlowCallRatio = options.SlowCallRatio;
        WatchesInFlight = options.SlowCallThreshold is not null && options.CountInFlightSlowCalls;
        Break = Milliseconds(options.BreakDuration);
        MaxBreak = Milliseconds(options.MaxBreakDuration);
        BreakJitter = options.BreakJitter;
        GrowthReset = Milliseconds(options.GrowthResetAfter);
        MaxThrottledBreak = Milliseconds(options.MaxThrottledBreak);
        ProbeCount = options.ProbeCount;
        RequiredProbeSuccesses = options.RequiredProbeSuccesses;
        ProbeTimeout = Milliseconds(options.ProbeTimeout);
        Ramp = Milliseconds(options.RampDuration);
        RefusesNothing = options.Mode == BreakerMode.MetricsOnly;
        ClassifyException = options.ClassifyException;
        OnTransition = options.OnTransition;
        Draw = options.Draw;
    }

    public double FailureRatio { get; }

    public double Confidence { get; }

    public double Z { get; }

    public int MinimumThroughput { get; }

    public int ConsecutiveFailures { get; }

    public bool CountsCalls { get; }

    public long Sampling { get; }

    public long SlowCall { get; }

    public double SlowCallRatio { get; }

    public bool WatchesInFlight { get; }

    public long Break { get; }

    public long MaxBreak { get; }

    public double BreakJitter { get; }

    public long GrowthReset { get; }

    public long MaxThrottledBreak { get; }

    public int ProbeCount { get; }

    public int RequiredProbeSuccesses { get; }

    public long ProbeTimeout { get; }

    public long Ramp { get; }

    public bool RefusesNothing { get; }

    public Func<Exception, CallVerdict>? ClassifyException { get; }

    public Action<CircuitTransition>? OnTransition { get; }

    public Func<double> Draw { get; }

    /// <summary>Gets whether a call's length matters at all, so that its start must be known.</summary>
    public bool TimesCalls => SlowCall != long.MaxValue;

    /// <summary>Takes options over, unless they contradict themselves.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The settings; the same instance for the same values from the same options, since a thousand partitions may share one.</returns>
    public static CircuitBreakerSettings From(CircuitBreakerOptions options)
    {
        CircuitBreakerValidation.Check(options);
        var settings = new CircuitBreakerSettings(options);
        var last = options.LastSettings;
        return settings == last ? last : options.LastSettings = settings;
    }

    /// <summary>Says whether what was counted under other settings still has the right shape under these.</summary>
    /// <param name="other">The other settings.</param>
    /// <returns>True when the window, and whether calls are timed, are the same.</returns>
    public bool CountsAs(CircuitBreakerSettings other) =>
        (CountsCalls, Sampling, SlowCall, WatchesInFlight) == (other.CountsCalls, other.Sampling, other.SlowCall, other.WatchesInFlight);

    /// <summary>Tells them to people, under the names of the options, times in seconds.</summary>
    /// <returns>Plain data.</returns>
    public Dictionary<string, object?> Describe() => new()
    {
        ["failureRatio"] = FailureRatio,
        ["confidence"] = Confidence,
        ["minimumThroughput"] = MinimumThroughput,
        ["consecutiveFailures"] = ConsecutiveFailures == Never ? null : ConsecutiveFailures,
        [CountsCalls ? "samplingCount" : "samplingDurationSeconds"] = CountsCalls ? Sampling : Sampling / 1000.0,
        ["slowCallThresholdSeconds"] = TimesCalls ? SlowCall / 1000.0 : null,
        ["slowCallRatio"] = SlowCallRatio,
        ["countInFlightSlowCalls"] = WatchesInFlight,
        ["breakDurationSeconds"] = Break / 1000.0,
        ["maxBreakDurationSeconds"] = MaxBreak / 1000.0,
        ["breakJitter"] = BreakJitter,
        ["growthResetAfterSeconds"] = GrowthReset / 1000.0,
        ["maxThrottledBreakSeconds"] = MaxThrottledBreak / 1000.0,
        ["probeCount"] = ProbeCount,
        ["requiredProbeSuccesses"] = RequiredProbeSuccesses,
        ["probeTimeoutSeconds"] = ProbeTimeout / 1000.0,
        ["rampDurationSeconds"] = Ramp / 1000.0,
        ["mode"] = RefusesNothing ? "metrics_only" : "enforce",
    };

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
