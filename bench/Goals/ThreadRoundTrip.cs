using Resilience.Benchmarks.Harness;
using Resilience.Bulkheads;

namespace Resilience.Benchmarks.Goals;

internal sealed class ThreadRoundTrip() : Goal("G22", "round trip to a thread of one's own; throughput", "BlockingCollection and a thread; Task.Run")
{
    private const int AtATime = 32;

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        await using var bulkhead = new ThreadBulkhead("bench", new() { Threads = 1, QueueCapacity = 2 * AtATime });
        using var thread = new DedicatedThread();

        var trip = await stand.CompareAsync(OneByOne("ours", () => OursAsync(bulkhead)), OneByOne("BlockingCollection", thread.ExecuteAsync));
        var throughput = await stand.CompareAsync(
            Together("ours, 32 at a time", () => OursAsync(bulkhead)), Together("Task.Run, 32 at a time", static () => Task.Run(static () => 1)));
        return new([new("", trip.TimeRatio, 0.60), new("of Task.Run", throughput.TimeRatio, 3)], [.. trip.Rows, .. throughput.Rows]);
    }

    private static Task<int> OursAsync(ThreadBulkhead bulkhead) => bulkhead.ExecuteAsync(static (_, _) => 1, 0, CancellationToken.None).AsTask();

    private static Case OneByOne(string name, Func<Task<int>> work) => new(name, async operations =>
    {
        for (var operation = 0; operation < operations; operation++)
        {
            await work();
        }
    });

    private static Case Together(string name, Func<Task<int>> work) => new(name, async operations =>
    {
        var running = new Task<int>[AtATime];
        for (var done = 0; done < operations; done += AtATime)
        {
            for (var index = 0; index < AtATime; index++)
            {
                running[index] = work();
            }

            await Task.WhenAll(running);
        }
    });
}
