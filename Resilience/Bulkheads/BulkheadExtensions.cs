using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Polly;

namespace Resilience.Bulkheads;

/// <summary>Adds bulkheads to a pipeline.</summary>
public static class BulkheadExtensions
{
    /// <summary>Lets at most so many of the pipeline's calls run at a time.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to. Put this inside retry, so that a call which waits for its next attempt holds no permit.</param>
    /// <param name="options">How many at a time, and who may wait. Its name is the bulkhead's.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What Polly validates is BulkheadOptions, whose members are named here.")]
    public static TBuilder AddBulkhead<TBuilder>(this TBuilder builder, BulkheadOptions options)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        return builder.AddStrategy(
            context => new BulkheadResilienceStrategy(
                new Bulkhead(options.Name ?? BulkheadTelemetry.StrategyName, options, context.TimeProvider),
                owned: true,
                options.PrioritySelector,
                context.Telemetry),
            options);
    }

    /// <summary>Runs the pipeline's calls through a bulkhead that others use as well, or that outlives a reload.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="bulkhead">It is not disposed with the pipeline.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What Polly validates is BulkheadOptions, whose members are named here.")]
    public static TBuilder AddBulkhead<TBuilder>(this TBuilder builder, Bulkhead bulkhead)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(bulkhead);

        return builder.AddStrategy(
            context => new BulkheadResilienceStrategy(bulkhead, owned: false, bulkhead.PrioritySelector, context.Telemetry),
            new BulkheadOptions { Name = bulkhead.Name });
    }

    /// <summary>Runs the pipeline's calls on threads of their own.</summary>
    /// <remarks>Polly's blocking <c>Execute</c> works here, too, and waits for the thread. Disposing the pipeline shuts the threads down.</remarks>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to. Put this innermost, but for a time-out that interrupts.</param>
    /// <param name="options">How many threads, and how much work may wait for them. Its name is the bulkhead's.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What Polly validates is ThreadBulkheadOptions, whose members are named here.")]
    public static TBuilder AddThreadBulkhead<TBuilder>(this TBuilder builder, ThreadBulkheadOptions options)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        return builder.AddStrategy(
            context => new ThreadBulkheadResilienceStrategy(
                new ThreadBulkhead(options.Name ?? ThreadBulkheadTelemetry.StrategyName, options, context.TimeProvider), owned: true, context.Telemetry),
            options);
    }

    /// <summary>Runs the pipeline's calls on the threads of a bulkhead that others use as well, or that outlives a reload.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="bulkhead">It is not disposed with the pipeline.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What Polly validates is ThreadBulkheadOptions, whose members are named here.")]
    public static TBuilder AddThreadBulkhead<TBuilder>(this TBuilder builder, ThreadBulkhead bulkhead)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(bulkhead);

        return builder.AddStrategy(
            context => new ThreadBulkheadResilienceStrategy(bulkhead, owned: false, context.Telemetry),
            new ThreadBulkheadOptions { Name = bulkhead.Name });
    }
}
