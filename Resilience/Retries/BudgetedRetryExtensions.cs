using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Polly;

namespace Resilience.Retries;

/// <summary>Adds retries to a pipeline.</summary>
public static class BudgetedRetryExtensions
{
    private const string Named = "What Polly validates are the retry's options, whose members are named here.";

    /// <summary>Tries failed calls again, whatever they return.</summary>
    /// <param name="builder">The pipeline to add to. Put this inside the total time-out, and outside of what each attempt must pass.</param>
    /// <param name="options">What is tried again, how often, and after which waits. Its name is the retry's.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [OverloadResolutionPriority(1)] // so that new() { … } means options
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Named)]
    public static ResiliencePipelineBuilder AddBudgetedRetry(this ResiliencePipelineBuilder builder, BudgetedRetryStrategyOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        return builder.AddStrategy(
            context =>
            {
                var retry = new BudgetedRetry(options.Name ?? RetryTelemetry.StrategyName, options, context.TimeProvider);
                return new BudgetedRetryResilienceStrategy(retry, new(retry.Name, context.Telemetry));
            },
            options);
    }

    /// <summary>Tries failed calls again.</summary>
    /// <typeparam name="TResult">What the guarded call returns.</typeparam>
    /// <param name="builder">The pipeline to add to. Put this inside the total time-out, and outside of what each attempt must pass.</param>
    /// <param name="options">What is tried again, how often, and after which waits. Its name is the retry's.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    [OverloadResolutionPriority(1)] // so that new() { … } means options
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Named)]
    public static ResiliencePipelineBuilder<TResult> AddBudgetedRetry<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, BudgetedRetryStrategyOptions<TResult> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);

        return builder.AddStrategy(
            context =>
            {
                var retry = new BudgetedRetry<TResult>(options.Name ?? RetryTelemetry.StrategyName, options, context.TimeProvider);
                return new BudgetedRetryResilienceStrategy<TResult>(retry, new(retry.Name, context.Telemetry));
            },
            options);
    }

    /// <summary>Tries failed calls again by a retry that others use as well, or whose numbers outlive a reload.</summary>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="retry">The retry.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Named)]
    public static ResiliencePipelineBuilder AddBudgetedRetry(this ResiliencePipelineBuilder builder, BudgetedRetry retry)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(retry);

        return builder.AddStrategy(context => new BudgetedRetryResilienceStrategy(retry, new(retry.Name, context.Telemetry)), retry.Options);
    }

    /// <summary>Tries failed calls again by a retry that others use as well, or whose numbers outlive a reload.</summary>
    /// <typeparam name="TResult">What the guarded call returns.</typeparam>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="retry">The retry.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Named)]
    public static ResiliencePipelineBuilder<TResult> AddBudgetedRetry<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, BudgetedRetry<TResult> retry)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(retry);

        return builder.AddStrategy(context => new BudgetedRetryResilienceStrategy<TResult>(retry, new(retry.Name, context.Telemetry)), retry.Options);
    }
}
