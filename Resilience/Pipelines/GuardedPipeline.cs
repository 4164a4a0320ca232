using Resilience.CircuitBreakers;

namespace Resilience.Pipelines;

/// <summary>A pipeline together with the breaker inside it, so that partitions keep it while the breaker has something to remember.</summary>
/// <typeparam name="TPipeline">The pipeline's type.</typeparam>
/// <param name="pipeline">The pipeline.</param>
/// <param name="breaker">The breaker inside it.</param>
public sealed class GuardedPipeline<TPipeline>(TPipeline pipeline, CircuitBreaker breaker) : IEvictable
{
    /// <summary>Gets the pipeline.</summary>
    public TPipeline Pipeline { get; } = pipeline;

    /// <summary>Gets the breaker inside it.</summary>
    public CircuitBreaker Breaker { get; } = breaker;

    /// <inheritdoc/>
    public bool MayEvict => Breaker.HasNothingToRemember;
}
