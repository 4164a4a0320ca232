using Polly;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>What it may cost in bytes; time is measured by the benchmarks.</summary>
public sealed class CircuitBreakerCostTests
{
    private readonly BreakerTester _tester = new();
    private readonly ResiliencePipeline _pipeline;

    public CircuitBreakerCostTests() => _pipeline = new ResiliencePipelineBuilder().AddAdvancedCircuitBreaker(_tester.Breaker).Build();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_costs_two_hundred_bytes_at_most_and_is_never_shared()
    {
        _tester.Open();
        await RefuseAsync(times: 1);

        var (bytes, refusals) = await RefuseAsync(times: 100);

        Assert.InRange(bytes / 100, 1, 200);
        Assert.Equal(100, refusals.Distinct().Count());
        Assert.All(refusals, refusal => Assert.Null(refusal!.StackTrace));

        async Task<(long Bytes, Exception?[] Refusals)> RefuseAsync(int times)
        {
            var (context, refusals) = (ResilienceContextPool.Shared.Get(Token), new Exception?[times]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var call = 0; call < times; call++)
            {
                refusals[call] = (await _pipeline.ExecuteOutcomeAsync(static (_, _) => Outcome.FromResultAsValueTask(1), context, 0)).Exception;
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before, refusals);
        }
    }

    [Fact]
    public async Task A_call_that_passes_allocates_nothing()
    {
        var context = ResilienceContextPool.Shared.Get(Token);
        var slowToo = new ResiliencePipelineBuilder<int>().AddAdvancedCircuitBreaker(new() { SlowCallThreshold = TimeSpan.FromSeconds(1) }).Build();
        await MeasureAsync();

        Assert.Equal(0, await MeasureAsync());
        ResilienceContextPool.Shared.Return(context);

        async Task<long> MeasureAsync()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var call = 0; call < 1_000; call++)
            {
                await _pipeline.ExecuteOutcomeAsync(static (_, _) => Outcome.FromResultAsValueTask(1), context, 0);
                await slowToo.ExecuteOutcomeAsync(static (_, _) => Outcome.FromResultAsValueTask(1), context, 0);
                await _tester.Breaker.ExecuteAsync(static (_, _) => ValueTask.FromResult(1), 0, CancellationToken.None);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
