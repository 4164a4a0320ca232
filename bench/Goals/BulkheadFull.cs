using Polly;
using Polly.RateLimiting;
using Resilience.Benchmarks.Harness;
using Resilience.Bulkheads;

namespace Resilience.Benchmarks.Goals;

internal sealed class BulkheadFull() : Goal("G5", "full bulkhead, refusal as an outcome and as an exception", "Polly's concurrency limiter")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var ours = new ResiliencePipelineBuilder<int>().AddBulkhead(new BulkheadOptions { MaxConcurrency = 1 }).Build();
        var polly = new ResiliencePipelineBuilder<int>().AddConcurrencyLimiter(1).Build();
        var end = new TaskCompletionSource<int>();
        Task[] fill = [ours.ExecuteAsync(_ => new ValueTask<int>(end.Task)).AsTask(), polly.ExecuteAsync(_ => new ValueTask<int>(end.Task)).AsTask()];

        var outcomes = await stand.CompareAsync(Calls.Refused("ours", ours), Calls.Refused("Polly", polly));
        var exceptions = await stand.CompareAsync(
            Calls.Thrown<BulkheadRejectedException>("ours, thrown", ours), Calls.Thrown<RateLimiterRejectedException>("Polly, thrown", polly));

        end.SetResult(0);
        await Task.WhenAll(fill);
        return new(
            [new("", outcomes.TimeRatio, 0.02), new("allocates", outcomes.Bytes, 200, "B"), new("thrown", exceptions.TimeRatio, 0.12)],
            [.. outcomes.Rows, .. exceptions.Rows]);
    }
}
