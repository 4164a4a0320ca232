using System.ComponentModel.DataAnnotations;
using Resilience.Faults.Burdens;

namespace Resilience.Faults;

/// <summary>What no fault may go beyond, whoever asks for it.</summary>
public sealed class FaultGovernorOptions
{
    /// <summary>Gets or sets how many faults there may be at a time.</summary>
    /// <value>A number of faults from 1 to 64; 8 by default.</value>
    [Range(1, 64)]
    public int MaxFaults { get; set; } = 8;

    /// <summary>Gets or sets which share of calls a fault may strike at most.</summary>
    /// <value>A ratio from 0.0001 to 1; 1 by default.</value>
    [Range(0.0001, 1.0)]
    public double MaxRate { get; set; } = 1;

    /// <summary>Gets or sets how many requests must have been answered before faults are ended because too many of them failed.</summary>
    /// <value>A number of requests from 1 to 1000000; 50 by default.</value>
    [Range(1, 1_000_000)]
    public int AbortMinimum { get; set; } = 50;

    /// <summary>Gets or sets what is told of each fault that begins or ends. What it throws is counted and swallowed.</summary>
    /// <value>Null by default.</value>
    public Action<FaultSnapshot>? OnChange { get; set; }

    /// <summary>Gets what weighs on the process for each kind that does: begins when made, ends when disposed.</summary>
    /// <value>Processor, memory and thread pool by default. A kind that isn't here can't be asked for.</value>
    public IDictionary<FaultKind, Func<FaultSpec, IDisposable>> Burdens { get; } = new Dictionary<FaultKind, Func<FaultSpec, IDisposable>>
    {
        [FaultKind.Processor] = static spec => new ProcessorBurden(spec.ProcessorRatio),
        [FaultKind.Memory] = static spec => new MemoryBurden(spec.Amount),
        [FaultKind.ThreadPool] = static spec => new ThreadPoolBurden(spec.Amount),
    };
}
