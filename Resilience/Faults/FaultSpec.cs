using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Faults;

/// <summary>A fault as somebody asks for it: what goes wrong, for whom, how often, how badly and for how long.</summary>
public sealed record FaultSpec
{
    /// <summary>Gets what goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Gets for which outgoing calls: those of the HTTP client, or of the pipeline, of that name.</summary>
    /// <value>Null for requests that come in, which is the default.</value>
    public string? Client { get; init; }

    /// <summary>Gets for which incoming requests: those whose path begins so.</summary>
    /// <value>Null for all.</value>
    public string? Route { get; init; }

    /// <summary>Gets for whose incoming requests.</summary>
    /// <value>The caller's name, as the service knows it; null for everybody's.</value>
    public string? Caller { get; init; }

    /// <summary>Gets which share of the calls it strikes.</summary>
    /// <value>A ratio from 0.0001 to 1; 1 by default.</value>
    [Range(0.0001, 1.0)]
    public double Rate { get; init; } = 1;

    /// <summary>Gets how many calls it strikes at most.</summary>
    /// <value>A number of calls from 1 to 1000000000; as many by default.</value>
    [Range(1, 1_000_000_000)]
    public int MaxInjections { get; init; } = 1_000_000_000;

    /// <summary>Gets what the choice of calls is drawn from: the same seed strikes the same calls in the same order.</summary>
    /// <value>Any number; null draws another each time.</value>
    public int? Seed { get; init; }

    /// <summary>Gets how long it lasts. There is no fault without an end.</summary>
    /// <value>A time from 00:00:00.1000000 to 00:10:00; 1 min by default.</value>
    [TimeRange("00:00:00.1000000", "00:10:00")]
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets from which share of failed requests on, among those that weren't struck themselves, all faults end: the system doesn't bear them.</summary>
    /// <value>A ratio from 0.01 to 1; 0.5 by default. At 1 they never end for that.</value>
    [Range(0.01, 1.0)]
    public double AbortAtFailureRatio { get; init; } = 0.5;

    /// <summary>Gets how much longer a call takes. <see cref="FaultKind.Latency"/>.</summary>
    /// <value>A time from 00:00:00 to 00:10:00; 1 s by default.</value>
    [TimeRange("00:00:00", "00:10:00")]
    public TimeSpan Latency { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets by how much the latency varies up and down. <see cref="FaultKind.Latency"/>.</summary>
    /// <value>A time from 00:00:00 to 00:10:00; 0 by default.</value>
    [TimeRange("00:00:00", "00:10:00")]
    public TimeSpan Jitter { get; init; }

    /// <summary>Gets what a call is answered with. <see cref="FaultKind.Status"/>.</summary>
    /// <value>An HTTP status from 400 to 599; 503 by default.</value>
    [Range(400, 599)]
    public int Status { get; init; } = 503;

    /// <summary>Gets when such an answer asks to come back. <see cref="FaultKind.Status"/>.</summary>
    /// <value>A time from 00:00:00 to 01:00:00; null says nothing.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gets how fast a body comes. <see cref="FaultKind.SlowBody"/>.</summary>
    /// <value>Bytes a second, from 1 to 1000000000; 100 by default.</value>
    [Range(1, 1_000_000_000)]
    public int BytesPerSecond { get; init; } = 100;

    /// <summary>Gets how much of the machine's processor time is burnt. <see cref="FaultKind.Processor"/>.</summary>
    /// <value>A ratio from 0.01 to 1; 0.9 by default.</value>
    [Range(0.01, 1.0)]
    public double ProcessorRatio { get; init; } = 0.9;

    /// <summary>Gets how much is held: megabytes of memory, threads of the pool, or connections.</summary>
    /// <value>A number from 1 to 4096; 64 by default.</value>
    [Range(1, 4096)]
    public int Amount { get; init; } = 64;

    /// <summary>Gets a value indicating whether it weighs on the whole process, and not on single calls.</summary>
    public bool IsBurden => Kind is FaultKind.Processor or FaultKind.Memory or FaultKind.ThreadPool or FaultKind.PoolExhaustion;
}
