namespace Resilience.Telemetry;

/// <summary>Every attribute and event that this library and ServiceDefaults write on spans.</summary>
/// <remarks>On spans, unlike on instruments, a value may be a name that somebody made up, such as a fault's.</remarks>
public static class ResilienceAttributes
{
    /// <summary>How often a request was sent before; 1 on the first repetition. OpenTelemetry's name.</summary>
    public const string ResendCount = "http.request.resend_count";

    /// <summary>How often the calls of a span were tried again, all together.</summary>
    public const string RetryCount = "resilience.retry.count";

    /// <summary>The pause before this attempt, in seconds.</summary>
    public const string RetryPause = "resilience.retry.pause";

    /// <summary>What refused a call: <c>circuit_breaker</c>, <c>bulkhead</c> or <c>connection_pool</c>.</summary>
    public const string RefusedBy = "resilience.refused_by";

    /// <summary>The name of the breaker, bulkhead or pool that refused.</summary>
    public const string RefusedByName = "resilience.refused_by.name";

    /// <summary>How long a request or an attempt may take, in seconds.</summary>
    public const string DeadlineBudget = "resilience.deadline.budget";

    /// <summary>The name of the deadline or timeout that ran out, such as <c>request</c> or <c>inventory-attempt</c>.</summary>
    public const string DeadlineExpired = "resilience.deadline.expired";

    /// <summary>Which sending of a hedged call a span is: <c>first</c> or <c>second</c>.</summary>
    public const string Hedge = "resilience.hedge";

    /// <summary>How a sending of a hedged call ended: <c>won</c> or <c>lost</c>.</summary>
    public const string HedgeOutcome = "resilience.hedge.outcome";

    /// <summary>Which sending of a hedged call gave the answer: <c>first</c> or <c>second</c>.</summary>
    public const string HedgeWinner = "resilience.hedge.winner";

    /// <summary>The names of the faults that were injected here, separated by commas.</summary>
    public const string FaultName = "resilience.fault.name";

    /// <summary>The kind of the last of them, such as <c>status</c>.</summary>
    public const string FaultKind = "resilience.fault.kind";

    /// <summary>The event of a call that is tried again.</summary>
    public const string RetryEvent = "resilience.retry";

    /// <summary>The event of a call that was refused.</summary>
    public const string RefusedEvent = "resilience.refused";

    /// <summary>The event of a deadline or timeout that ran out.</summary>
    public const string DeadlineEvent = "resilience.deadline.expired";

    /// <summary>The event of a hedged call that has its answer.</summary>
    public const string HedgeEvent = "resilience.hedge";

    /// <summary>The event of a fault that was injected.</summary>
    public const string FaultEvent = "resilience.fault.injected";
}
