using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Timeouts;

/// <summary>What a time-out needs of its options, checked and read once, and what its timers share.</summary>
internal sealed class TimeoutSettings
{
    /// <summary>Checks and reads options.</summary>
    /// <exception cref="ValidationException">One is out of its range, or two contradict each other.</exception>
    public TimeoutSettings(string name, OperationTimeoutStrategyOptions options, TimeProvider time)
    {
        var owner = $"The time-out {name}";
        OptionRanges.Check(options, owner);
        if (options.Mode == TimeoutMode.Signal && options.Abort is null)
        {
            throw OptionRanges.Refuse(owner, nameof(options.Abort), "null", "is required when Mode is Signal");
        }

        if (options.Adaptive is { } adaptive)
        {
            OptionRanges.Check(adaptive, owner);
            if (adaptive.Maximum < adaptive.Minimum)
            {
                throw OptionRanges.Refuse(owner, "Adaptive.Maximum", adaptive.Maximum, $"must be at least Adaptive.Minimum, which is {adaptive.Minimum}");
            }

            Adaptive = new(adaptive, options.Timeout);
        }

        (Name, Time, Telemetry) = (name, time, new(name));
        Aside = new(time, options.CleanupTimeout, Telemetry);
        (Timeout, Generator, GracePeriod, MaxOrphans) = (options.Timeout, options.TimeoutGenerator, options.GracePeriod, options.MaxOrphans);
        (Mode, Abort, Cleanup) = (options.Mode, options.Abort, options.Cleanup);
        (DeadlineAware, BeginsDeadline) = (options.DeadlineAware, options.BeginsDeadline);
        (DebuggerAware, IsDebugged) = (options.DebuggerAware, options.IsDebugged);
    }

    public string Name { get; }

    public TimeProvider Time { get; }

    public TimeoutTelemetry Telemetry { get; }

    public AsideWork Aside { get; }

    public AdaptiveTimeout? Adaptive { get; }

    public TimeSpan Timeout { get; }

    public Func<Polly.ResilienceContext, TimeSpan?>? Generator { get; }

    /// <summary>Gets a value indicating whether the time is decided anew for each call.</summary>
    public bool Varies => Generator is not null || Adaptive is not null;

    public TimeSpan GracePeriod { get; }

    public int MaxOrphans { get; }

    public TimeoutMode Mode { get; }

    public bool Abandons => Mode != TimeoutMode.Cooperative;

    public Func<OperationTimeoutArguments, ValueTask>? Abort { get; }

    public Func<OperationTimeoutArguments, ValueTask>? Cleanup { get; }

    public bool DeadlineAware { get; }

    public bool BeginsDeadline { get; }

    public bool DebuggerAware { get; }

    public Func<bool> IsDebugged { get; }
}
