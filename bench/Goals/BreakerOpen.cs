using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.CircuitBreakers;

namespace Resilience.Benchmarks.Goals;

internal sealed class BreakerOpen() : Goal("G4", "open circuit breaker, refusal as an outcome", "Polly's breaker")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var ours = new ResiliencePipelineBuilder<int>()
            .AddAdvancedCircuitBreaker(new CircuitBreakerOptions<int>
            {
                ConsecutiveFailures = 1,
                BreakDuration = TimeSpan.FromHours(1),
                MaxBreakDuration = TimeSpan.FromHours(1),
            })
            .Build();
        var polly = new ResiliencePipelineBuilder<int>()
            .AddCircuitBreaker(new() { MinimumThroughput = 2, BreakDuration = TimeSpan.FromHours(1) })
            .Build();
        await FailAsync(ours, times: 1);
        await FailAsync(polly, times: 2);

        var measured = await stand.CompareAsync(Calls.Refused("ours", ours), Calls.Refused("Polly", polly));
        return new([new("", measured.TimeRatio, 0.60), new("allocates", measured.Bytes, 200, "B")], measured.Rows);
    }

    private static async Task FailAsync(ResiliencePipeline<int> pipeline, int times)
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        for (var call = 0; call < times; call++)
        {
            await pipeline.ExecuteOutcomeAsync(static (_, _) => Outcome.FromExceptionAsValueTask<int>(new IOException()), context, 0);
        }

        ResilienceContextPool.Shared.Return(context);
    }
}
