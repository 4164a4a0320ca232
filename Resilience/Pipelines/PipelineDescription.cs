namespace Resilience.Pipelines;

/// <summary>One pipeline, as plain data.</summary>
/// <param name="Name">What its owner called it.</param>
/// <param name="Partition">Which of several it is, if there is one for each key; null otherwise.</param>
/// <param name="Strategies">What it is made of, from the outside in.</param>
public sealed record PipelineDescription(string Name, string? Partition, IReadOnlyList<StrategyDescription> Strategies);
