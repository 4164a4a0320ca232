using System.ComponentModel.DataAnnotations;
using Polly;
using Resilience.Validation;

namespace Resilience.Bulkheads;

/// <summary>Says how many calls may run at a time, how many may wait for that, and for how long.</summary>
public sealed class BulkheadOptions : ResilienceStrategyOptions
{
    /// <summary>Initializes options with the documented defaults.</summary>
    public BulkheadOptions() => Name = BulkheadTelemetry.StrategyName;

    /// <summary>Gets or sets how many calls may run at a time.</summary>
    /// <value>A number of calls from 1 to 100000; 16 by default. Higher lets a slow neighbour hold more of this process.</value>
    [Range(1, 100_000)]
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>Gets or sets how many calls may wait for their turn.</summary>
    /// <value>
    /// A number of calls from 0 to 100000; 0 by default, which refuses at once and costs no timer. Higher rides out a longer burst and lets a lasting
    /// overload make everybody slow before anybody is refused.
    /// </value>
    [Range(0, 100_000)]
    public int MaxQueue { get; set; }

    /// <summary>Gets or sets who of those who wait is next.</summary>
    /// <value><see cref="BulkheadQueueOrder.Fifo"/> by default.</value>
    public BulkheadQueueOrder QueueOrder { get; set; }

    /// <summary>Gets or sets how long a call may wait.</summary>
    /// <value>A time from 00:00:00.0010000 to 1.00:00:00; 00:00:01 by default. Higher turns fewer away and answers more of them too late.</value>
    [TimeRange("00:00:00.0010000", "1.00:00:00")]
    public TimeSpan MaxQueueTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how long a call takes at least once it has its turn: who can't have both before its deadline is refused at once.</summary>
    /// <value>
    /// A time from 00:00:00 to 01:00:00; 00:00:00 by default, at which a call waits until its deadline itself. Higher refuses more, and wastes less of
    /// the permits on answers that nobody waits for any more. No effect on calls without a deadline.
    /// </value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan ExpectedServiceTime { get; set; }

    /// <summary>Gets or sets what tells a call's priority; only asked when a call must wait in a queue of <see cref="BulkheadQueueOrder.Priority"/>.</summary>
    /// <value>Null by default: <see cref="Bulkhead.NormalPriority"/> for all. What it throws is swallowed and counted, and the priority is normal then.</value>
    public Func<ResilienceContext, int>? PrioritySelector { get; set; }
}
