using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Polly;

namespace Resilience.Timeouts;

/// <summary>Adds time-outs to a pipeline.</summary>
public static class OperationTimeoutExtensions
{
    private const string Named = "What Polly validates are the time-out's options, whose members are named here.";

    /// <summary>Bounds how long the pipeline's calls take.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to. Outside a retry it bounds the whole call, inside one each attempt.</param>
    /// <param name="options">How long a call may take, and what is done about one that takes longer. Its name is the operation's.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [OverloadResolutionPriority(1)] // so that new() { … } means options
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Named)]
    public static TBuilder AddOperationTimeout<TBuilder>(this TBuilder builder, OperationTimeoutStrategyOptions options)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        return builder.AddStrategy(
            context => new OperationTimeoutResilienceStrategy(
                new(options.Name ?? TimeoutTelemetry.StrategyName, options, context.TimeProvider), context.Telemetry),
            options);
    }

    /// <summary>Bounds how long the pipeline's calls take.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to. Outside a retry it bounds the whole call, inside one each attempt.</param>
    /// <param name="timeout">A time from 1 ms to a day.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="timeout"/> is outside its range.</exception>
    public static TBuilder AddOperationTimeout<TBuilder>(this TBuilder builder, TimeSpan timeout)
        where TBuilder : ResiliencePipelineBuilderBase => builder.AddOperationTimeout(new OperationTimeoutStrategyOptions { Timeout = timeout });

    /// <summary>Bounds how long the pipeline's calls take by a time-out that others use as well, or whose knowledge outlives a reload.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="timeout">The time-out.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Named)]
    public static TBuilder AddOperationTimeout<TBuilder>(this TBuilder builder, OperationTimeout timeout)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(timeout);

        return builder.AddStrategy(context => new OperationTimeoutResilienceStrategy(timeout, context.Telemetry), timeout.Options);
    }
}
