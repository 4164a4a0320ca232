namespace Resilience.Outcomes;

/// <summary>What a call says about the health of what it called.</summary>
/// <remarks>Three words are not enough for a success and a failure: a call that its own caller gave up on says nothing at all.</remarks>
public enum CallResult
{
    /// <summary>It says nothing: the caller cancelled it, or a pattern further in refused it. It never moves a ratio and never uses up a probe.</summary>
    Neutral,

    /// <summary>What was called works.</summary>
    Success,

    /// <summary>What was called does not work.</summary>
    Failure,

    /// <summary>What was called works and asks for less: 429, or 503 with <c>Retry-After</c>. It may pause calls, but doesn't count as a failure.</summary>
    Throttled,
}
