using Polly;

namespace Resilience.Retries;

/// <summary>Tries a pipeline's calls again, whatever they return.</summary>
internal sealed class BudgetedRetryResilienceStrategy(BudgetedRetry retry, RetryTelemetry telemetry) : ResilienceStrategy
{
    protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
        retry.Core.ExecuteAsync(new UntypedRetryRules<TResult>(retry.Options), telemetry, callback, context, state);
}
