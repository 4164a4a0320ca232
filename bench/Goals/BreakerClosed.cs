using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.CircuitBreakers;

namespace Resilience.Benchmarks.Goals;

internal sealed class BreakerClosed() : Goal("G3", "closed circuit breaker, one thread and contended", "Polly's breaker")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var threads = Math.Clamp(Environment.ProcessorCount, 2, 8);
        var ours = new ResiliencePipelineBuilder<int>().AddAdvancedCircuitBreaker(new CircuitBreakerOptions<int>()).Build();
        var polly = new ResiliencePipelineBuilder<int>().AddCircuitBreaker(new()).Build();

        var alone = await stand.CompareAsync(Calls.AtOnce("ours", ours), Calls.AtOnce("Polly", polly));
        var contended = await stand.CompareAsync(
            Calls.AtOnce($"ours, {threads} threads", ours, threads), Calls.AtOnce($"Polly, {threads} threads", polly, threads));
        return new(
            [new("", alone.TimeRatio, 0.45), new("contended", contended.TimeRatio, 0.50), new("allocates", alone.Bytes, 0, "B")],
            [.. alone.Rows, .. contended.Rows]);
    }
}
