using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Polly;
using Resilience.Validation;

namespace Resilience.Timeouts;

/// <summary>Says how long an operation may take, and what is done about a call that takes longer.</summary>
/// <remarks>Read when a time-out is built; changing an instance afterwards changes nothing. Callbacks may be called by many threads at a time.</remarks>
public sealed class OperationTimeoutStrategyOptions : ResilienceStrategyOptions
{
    /// <summary>Initializes options with the documented defaults.</summary>
    public OperationTimeoutStrategyOptions() => Name = TimeoutTelemetry.StrategyName;

    /// <summary>Gets or sets how long a call may take.</summary>
    /// <value>A time from 00:00:00.0010000 to 1.00:00:00; 00:00:30 by default. It fires up to 15 ms after, never before.</value>
    [TimeRange("00:00:00.0010000", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets what decides how long one call may take.</summary>
    /// <value>
    /// Null, which leaves it at <see cref="Timeout"/>, by default. An answer of null does the same, infinite is no bound, and with zero or less
    /// the call isn't made.
    /// </value>
    public Func<ResilienceContext, TimeSpan?>? TimeoutGenerator { get; set; }

    /// <summary>Gets or sets what is done about a call whose time is up.</summary>
    /// <value><see cref="TimeoutMode.Cooperative"/> by default.</value>
    public TimeoutMode Mode { get; set; }

    /// <summary>Gets or sets how long a cancelled call may take to end before its caller goes on without it.</summary>
    /// <value>A time from 00:00:00 to 00:01:00; 00:00:00.0500000 by default. A cooperative call has all the time it takes.</value>
    [TimeRange("00:00:00", "00:01:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets how many abandoned calls may still run before new ones are refused.</summary>
    /// <value>A number of calls from 1 to 1000000; 100 by default. Each of them may hold a connection, or a thread.</value>
    [Range(1, 1_000_000)]
    public int MaxOrphans { get; set; } = 100;

    /// <summary>Gets or sets what ends a call that doesn't heed its token. Needed for <see cref="TimeoutMode.Signal"/>.</summary>
    /// <value>Null by default. It has <see cref="CleanupTimeout"/>; the caller does not wait for it.</value>
    public Func<OperationTimeoutArguments, ValueTask>? Abort { get; set; }

    /// <summary>Gets or sets what is done after a call was timed out, such as undoing half of a change.</summary>
    /// <value>Null by default. It is under no deadline but <see cref="CleanupTimeout"/>; the caller does not wait for it.</value>
    public Func<OperationTimeoutArguments, ValueTask>? Cleanup { get; set; }

    /// <summary>Gets or sets how long <see cref="Abort"/> and <see cref="Cleanup"/> each may take before their token is cancelled.</summary>
    /// <value>A time from 00:00:00.0010000 to 01:00:00; 00:00:05 by default.</value>
    [TimeRange("00:00:00.0010000", "01:00:00")]
    public TimeSpan CleanupTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how the time is learnt.</summary>
    /// <value>Null, at which <see cref="Timeout"/> holds always, by default.</value>
    public AdaptiveTimeoutOptions? Adaptive { get; set; }

    /// <summary>Gets or sets a value indicating whether the deadline of the request bounds the time as well.</summary>
    /// <value>True by default.</value>
    public bool DeadlineAware { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether the call is put under a deadline of its own, which the headers of what it sends then carry.</summary>
    /// <value>False by default: it costs two allocations a call.</value>
    public bool BeginsDeadline { get; set; }

    /// <summary>Gets or sets a value indicating whether a time-out that comes up while a debugger is attached is let pass.</summary>
    /// <value>True by default, so that a breakpoint doesn't fail what it looks at.</value>
    public bool DebuggerAware { get; set; } = true;

    internal Func<bool> IsDebugged { get; set; } = static () => Debugger.IsAttached;
}
