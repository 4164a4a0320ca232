using Polly;

namespace Resilience.Retries;

/// <summary>Tries a pipeline's calls again.</summary>
internal sealed class BudgetedRetryResilienceStrategy<TResult>(BudgetedRetry<TResult> retry, RetryTelemetry telemetry) : ResilienceStrategy<TResult>
{
    protected override ValueTask<Outcome<TResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
        retry.Core.ExecuteAsync(new TypedRetryRules<TResult>(retry.Options), telemetry, callback, context, state);
}
