using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.Retries;

namespace Resilience.Benchmarks.Goals;

internal sealed class RetrySuccess() : Goal("G8", "retry around a call that succeeds", "Polly's retry")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var measured = await stand.CompareAsync(
            Calls.AtOnce("ours", new ResiliencePipelineBuilder<int>().AddBudgetedRetry(new BudgetedRetryStrategyOptions<int>()).Build()),
            Calls.AtOnce("Polly", new ResiliencePipelineBuilder<int>().AddRetry(new()).Build()));
        return new([new("", measured.TimeRatio, 0.45), new("allocates", measured.Bytes, 0, "B")], measured.Rows);
    }
}
