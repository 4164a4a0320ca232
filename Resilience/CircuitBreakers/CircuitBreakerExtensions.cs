using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Polly;

namespace Resilience.CircuitBreakers;

/// <summary>Adds circuit breakers to pipelines.</summary>
/// <remarks>Put one inside retry, so that each attempt is counted, and outside the attempt's time-out, so that a time-out counts as a failure.</remarks>
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The options are checked here, by code that keeps the members it reads.")]
public static class CircuitBreakerExtensions
{
    /// <summary>Stops making calls that fail, whatever they return.</summary>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="options">When it opens, for how long, and how it closes again. The breaker is called as they are or, failing that, as the pipeline is.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [OverloadResolutionPriority(1)] // so that new() { … } means options
    public static ResiliencePipelineBuilder AddAdvancedCircuitBreaker(this ResiliencePipelineBuilder builder, CircuitBreakerOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        CircuitBreakerValidation.Check(options);
        return builder.AddStrategy(
            context => new CircuitBreakerResilienceStrategy(
                new CircuitBreaker(NameOf(options, builder), options, context.TimeProvider), context.Telemetry),
            options);
    }

    /// <summary>Stops making calls that fail, or whose result says so.</summary>
    /// <typeparam name="TResult">What the guarded call returns.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="options">When it opens, for how long, how it closes again, and what each result means to it.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [OverloadResolutionPriority(1)] // so that new() { … } means options
    public static ResiliencePipelineBuilder<TResult> AddAdvancedCircuitBreaker<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, CircuitBreakerOptions<TResult> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        CircuitBreakerValidation.Check(options);
        return builder.AddStrategy(
            context => new CircuitBreakerResilienceStrategy<TResult>(
                new CircuitBreaker(NameOf(options, builder), options, context.TimeProvider), options.Classify, context.Telemetry),
            options);
    }

    /// <summary>Puts a breaker that you hold into a pipeline: to look at it, to isolate it, or to share it between pipelines.</summary>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="breaker">The breaker. It keeps its own clock.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static ResiliencePipelineBuilder AddAdvancedCircuitBreaker(this ResiliencePipelineBuilder builder, CircuitBreaker breaker)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(breaker);

        return builder.AddStrategy(context => new CircuitBreakerResilienceStrategy(breaker, context.Telemetry), new Held(breaker.Name));
    }

    /// <summary>Puts a breaker that you hold into a pipeline for one type of result.</summary>
    /// <typeparam name="TResult">What the guarded call returns.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="breaker">The breaker. It keeps its own clock.</param>
    /// <param name="classify">What an outcome says; null if what returns succeeded.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static ResiliencePipelineBuilder<TResult> AddAdvancedCircuitBreaker<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, CircuitBreaker breaker, Func<Outcome<TResult>, CallVerdict>? classify = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(breaker);

        return builder.AddStrategy(
            context => new CircuitBreakerResilienceStrategy<TResult>(breaker, classify, context.Telemetry), new Held(breaker.Name));
    }

    /// <summary>Puts one of many breakers into a pipeline, chosen for each call: by its destination or its tenant, so that one pipeline serves all.</summary>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="choose">Chooses the breaker for a call; must be quick, and not throw. Polly's telemetry hears of no transitions; the breakers' own metrics do.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static ResiliencePipelineBuilder AddAdvancedCircuitBreaker(
        this ResiliencePipelineBuilder builder, Func<ResilienceContext, CircuitBreaker> choose)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(choose);

        return builder.AddStrategy(context => new CircuitBreakerResilienceStrategy(choose, context.Telemetry), new Held(CircuitBreakerTelemetry.StrategyName));
    }

    /// <summary>Puts one of many breakers into a pipeline for one type of result, chosen for each call.</summary>
    /// <typeparam name="TResult">What the guarded call returns.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="choose">Chooses the breaker for a call; must be quick, and not throw. Polly's telemetry hears of no transitions; the breakers' own metrics do.</param>
    /// <param name="classify">What an outcome says; null if what returns succeeded.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static ResiliencePipelineBuilder<TResult> AddAdvancedCircuitBreaker<TResult>(
        this ResiliencePipelineBuilder<TResult> builder,
        Func<ResilienceContext, CircuitBreaker> choose,
        Func<Outcome<TResult>, CallVerdict>? classify = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(choose);

        return builder.AddStrategy(
            context => new CircuitBreakerResilienceStrategy<TResult>(choose, classify, context.Telemetry), new Held(CircuitBreakerTelemetry.StrategyName));
    }

    private static string NameOf(CircuitBreakerOptions options, ResiliencePipelineBuilderBase builder) =>
        options.Name is { Length: > 0 } name && name != CircuitBreakerTelemetry.StrategyName ? name : builder.Name ?? CircuitBreakerTelemetry.StrategyName;

    private sealed class Held : ResilienceStrategyOptions
    {
        public Held(string name) => Name = name;
    }
}
