namespace Resilience.Pipelines;

/// <summary>The stages of a pipeline from the outside in: the one order, and why each stands where it does.</summary>
public enum PipelineStage
{
    /// <summary>Outermost, so that whatever goes wrong further in, time included, still has an answer.</summary>
    Fallback,

    /// <summary>Then the deadline, so that nothing inside is started, waited for or tried again once it is over.</summary>
    TotalTimeout,

    /// <summary>Then shedding: before anything is spent on a call that there is no room for. One decision for a call, not for each attempt.</summary>
    LoadShedding,

    /// <summary>Then retry, so that each attempt passes everything below anew.</summary>
    Retry,

    /// <summary>Inside retry, since a hedge is a second attempt at the same time; its attempts go on to different breakers.</summary>
    Hedging,

    /// <summary>Inside retry, so that each attempt counts, and an open breaker ends the retrying; outside the bulkhead, so that a refused attempt holds no permit.</summary>
    CircuitBreaker,

    /// <summary>Inside the breaker, so that a full bulkhead says nothing about the other side; outside the attempt's time-out, which measures the call and not the queue.</summary>
    Bulkhead,

    /// <summary>Innermost of the guards, so that all others see a time-out as the failure it is.</summary>
    AttemptTimeout,

    /// <summary>Next to the call, so that every guard is put to the test by it.</summary>
    Chaos,
}
