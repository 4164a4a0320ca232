using System.ComponentModel.DataAnnotations;
using Polly;
using Resilience.Validation;

namespace Resilience.Bulkheads;

/// <summary>Says how many threads a thread bulkhead has, how much work may wait for them, and how it ends.</summary>
public sealed class ThreadBulkheadOptions : ResilienceStrategyOptions
{
    /// <summary>Initializes options with the documented defaults.</summary>
    public ThreadBulkheadOptions() => Name = ThreadBulkheadTelemetry.StrategyName;

    /// <summary>Gets or sets how many threads there are: what runs at a time. They start with the first work.</summary>
    /// <value>A number of threads from 1 to 1024; 4 by default. Each holds some 1.5 MB of address space for its stack.</value>
    [Range(1, 1024)]
    public int Threads { get; set; } = 4;

    /// <summary>Gets or sets how much work may wait for a thread.</summary>
    /// <value>A number of calls from 0 to 100000; 64 by default. At 0, work is refused unless a thread is free.</value>
    [Range(0, 100_000)]
    public int QueueCapacity { get; set; } = 64;

    /// <summary>Gets or sets the threads' priority.</summary>
    /// <value><see cref="ThreadPriority.Normal"/> by default.</value>
    public ThreadPriority Priority { get; set; } = ThreadPriority.Normal;

    /// <summary>Gets or sets whether work whose caller cancels is interrupted (<see cref="Thread.Interrupt"/>) where it blocks.</summary>
    /// <value>
    /// False by default. For code that blocks and takes no token: a wait, a lock, a sleep ends with <see cref="ThreadInterruptedException"/>, which the
    /// caller sees as a cancellation. Native calls and loops are not interrupted, and code that isn't ready for it may be left half done.
    /// </value>
    public bool InterruptOnCancellation { get; set; }

    /// <summary>Gets or sets how long shutting down waits for work that was accepted.</summary>
    /// <value>A time from 00:00:00 to 01:00:00; 00:00:05 by default. What hasn't begun by then is refused; what runs is interrupted and left behind.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
