using Polly;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Retries;
using Resilience.Timeouts;

namespace Resilience.Benchmarks.Goals;

/// <summary>The five strategies that both sides recommend, in the order that each recommends.</summary>
internal static class Fives
{
    public static ResiliencePipelineBuilder<T> Ours<T>() => new ResiliencePipelineBuilder<T>()
        .AddOperationTimeout(TimeSpan.FromSeconds(30))
        .AddBudgetedRetry(new BudgetedRetryStrategyOptions<T>())
        .AddAdvancedCircuitBreaker(new CircuitBreakerOptions<T>())
        .AddBulkhead(new BulkheadOptions { MaxConcurrency = 1000 })
        .AddOperationTimeout(TimeSpan.FromSeconds(10));

    public static ResiliencePipelineBuilder<T> Pollys<T>() => new ResiliencePipelineBuilder<T>()
        .AddConcurrencyLimiter(1000)
        .AddTimeout(TimeSpan.FromSeconds(30))
        .AddRetry(new() { ShouldHandle = static arguments => new(arguments.Outcome.Exception is not null) })
        .AddCircuitBreaker(new() { ShouldHandle = static arguments => new(arguments.Outcome.Exception is not null) })
        .AddTimeout(TimeSpan.FromSeconds(10));
}
