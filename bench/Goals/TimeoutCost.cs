using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.Timeouts;

namespace Resilience.Benchmarks.Goals;

internal sealed class TimeoutCost() : Goal("G7", "time-out that doesn't fire; bytes of one that does", "Polly's time-out")
{
    private const int AtATime = 64; // a time-out that fires takes its time, so many wait for theirs together

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var quiet = await stand.CompareAsync(Calls.AtOnce("ours", Ours(seconds: 30)), Calls.AtOnce("Polly", Pollys(seconds: 30)));
        var fired = await stand.CompareAsync(Fired("ours, fired", Ours(seconds: 0.01)), Fired("Polly, fired", Pollys(seconds: 0.01)));
        return new(
            [new("", quiet.TimeRatio, 0.60), new("fired, bytes", fired.BytesRatio, 0.10), new("allocates", quiet.Bytes, 0, "B")],
            [.. quiet.Rows, .. fired.Rows]);
    }

    private static ResiliencePipeline<int> Ours(double seconds) =>
        new ResiliencePipelineBuilder<int>().AddOperationTimeout(TimeSpan.FromSeconds(seconds)).Build();

    private static ResiliencePipeline<int> Pollys(double seconds) => new ResiliencePipelineBuilder<int>().AddTimeout(TimeSpan.FromSeconds(seconds)).Build();

    private static Case Fired(string name, ResiliencePipeline<int> pipeline) => new(name, async operations =>
    {
        for (var done = 0; done < operations; done += AtATime)
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(AtATime, operations - done)).Select(_ => FireAsync(pipeline)));
        }
    });

    private static async Task FireAsync(ResiliencePipeline<int> pipeline)
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        await pipeline.ExecuteOutcomeAsync(
            static async (context, _) =>
            {
                var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var registration = context.CancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).SetResult(), ended);
                await ended.Task;
                return Outcome.FromException<int>(new OperationCanceledException(context.CancellationToken));
            },
            context,
            0);
        ResilienceContextPool.Shared.Return(context);
    }
}
