namespace Resilience.Pipelines;

/// <summary>One strategy of a pipeline, as plain data.</summary>
/// <param name="Kind">Which pattern it is, such as <c>circuit-breaker</c>.</param>
/// <param name="Name">What its owner called it.</param>
/// <param name="Options">What it is set to: text, numbers, truth values and nulls. Times are in seconds, and their names say so.</param>
/// <param name="State">What it is like now, likewise; empty for what has no state.</param>
public sealed record StrategyDescription(
    string Kind, string Name, IReadOnlyDictionary<string, object?> Options, IReadOnlyDictionary<string, object?> State);
