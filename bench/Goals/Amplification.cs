using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.Retries;

namespace Resilience.Benchmarks.Goals;

/// <summary>A minute of 100 requests a second to a service that is down. Counted, not timed: the clock is stepped.</summary>
internal sealed class Amplification() : Goal("G16", "calls for one request while the last service is down, one and three layers of retries", "Polly's retry, 3 times")
{
    private const int Requests = 6000;

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var one = await CountAsync(layers: 1, Ours);
        var three = await CountAsync(layers: 3, Ours);
        return new(
            [new("", Band.Exactly(one), 1.2), new("three layers", Band.Exactly(three), 1.8)],
            [
                new($"ours {one:0.00}, {three:0.00} calls", 0, 0),
                new($"Polly {await CountAsync(layers: 1, Pollys):0.00}, {await CountAsync(layers: 3, Pollys):0.00} calls", 0, 0),
            ]);
    }

    private static ResiliencePipeline Ours(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddBudgetedRetry(new BudgetedRetryStrategyOptions { Delay = TimeSpan.Zero })
        .Build();

    private static ResiliencePipeline Pollys(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new() { Delay = TimeSpan.Zero })
        .Build();

    private static async Task<double> CountAsync(int layers, Func<TimeProvider, ResiliencePipeline> build)
    {
        var time = new SteppedTime();
        ResiliencePipeline[] pipelines = [.. Enumerable.Range(0, layers).Select(_ => build(time))];
        var calls = 0;

        async ValueTask CallAsync(int layer)
        {
            if (layer == layers)
            {
                calls++;
                throw new IOException();
            }

            await pipelines[layer].ExecuteAsync(async _ => await CallAsync(layer + 1), CancellationToken.None);
        }

        for (var request = 0; request < Requests; request++)
        {
            try
            {
                await CallAsync(layer: 0);
            }
            catch (IOException)
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
            }
        }

        return calls / (double)Requests;
    }
}
