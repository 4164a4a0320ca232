using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Retries;
using Resilience.Timeouts;

namespace Resilience.Benchmarks.Goals;

/// <summary>Shown, to see where the time of G2 goes: each strategy alone around a call that completes later.</summary>
internal sealed class EachLater() : Goal("H3", "time-out, retry, breaker and bulkhead, each alone around a call that completes later", "Polly's of each")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        (string Name, Action<ResiliencePipelineBuilder<int>> Ours, Action<ResiliencePipelineBuilder<int>> Pollys)[] strategies =
        [
            ("time-out", static builder => builder.AddOperationTimeout(TimeSpan.FromSeconds(30)), static builder => builder.AddTimeout(TimeSpan.FromSeconds(30))),
            ("retry", static builder => builder.AddBudgetedRetry(new BudgetedRetryStrategyOptions<int>()), static builder => builder.AddRetry(new())),
            ("breaker", static builder => builder.AddAdvancedCircuitBreaker(new CircuitBreakerOptions<int>()), static builder => builder.AddCircuitBreaker(new())),
            ("bulkhead", static builder => builder.AddBulkhead(new BulkheadOptions { MaxConcurrency = 1000 }), static builder => builder.AddConcurrencyLimiter(1000)),
        ];
        var criteria = new List<Criterion>();
        var rows = new List<Row>();
        foreach (var (name, ours, pollys) in strategies)
        {
            var measured = await stand.CompareAsync(Calls.Later($"our {name}", Build(ours)), Calls.Later($"Polly's {name}", Build(pollys)));
            criteria.Add(new(criteria.Count == 0 ? "" : name, measured.TimeRatio, double.PositiveInfinity));
            rows.AddRange(measured.Rows);
        }

        var bare = await stand.CompareAsync(Calls.Later("no strategy", ResiliencePipeline<int>.Empty));
        return new(criteria, [.. rows, .. bare.Rows]);
    }

    private static ResiliencePipeline<int> Build(Action<ResiliencePipelineBuilder<int>> add)
    {
        var builder = new ResiliencePipelineBuilder<int>();
        add(builder);
        return builder.Build();
    }
}
