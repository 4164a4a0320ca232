using System.Globalization;
using Polly;
using Polly.Registry;
using Resilience.Benchmarks.Harness;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;

namespace Resilience.Benchmarks.Goals;

internal sealed class Partitions() : Goal("G18", "bytes for each partition with a breaker; a look-up; a million keys through a thousand places", "Polly's registry with a breaker")
{
    private const int Keys = 1000;
    private const int Parts = 10;
    private const int KeysInAPart = 100_000;

    private static readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(static key => key.ToString(CultureInfo.InvariantCulture))];

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var empty = GC.GetTotalMemory(forceFullCollection: true);
        var partitions = NewPartitions();
        var ours = HeapFor(() => Fill(partitions)) / Keys;
        var registry = new ResiliencePipelineRegistry<string>();
        var pollys = HeapFor(() =>
        {
            foreach (var key in _keys)
            {
                registry.GetOrAddPipeline(key, static builder => builder.AddCircuitBreaker(new()));
            }
        }) / Keys;

        var lookUp = await stand.CompareAsync(
            new Case("ours, look-up", operations =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    partitions.Get(_keys[operation % Keys]);
                }

                return Task.CompletedTask;
            }),
            new Case("Polly, look-up", operations =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    registry.GetPipeline(_keys[operation % Keys]);
                }

                return Task.CompletedTask;
            }));
        List<double> heaps = [];
        for (var part = 1; part <= Parts; part++)
        {
            PassThrough(partitions, part * KeysInAPart);
            heaps.Add(GC.GetTotalMemory(forceFullCollection: true) - empty);
        }

        var grown = (heaps[(Parts / 2)..].Min() / heaps[..(Parts / 2)].Min()) - 1; // of several looks each, since what is dead goes in its own time
        Row[] rows = [.. lookUp.Rows];
        await registry.DisposeAsync();
        return new(
            [
                new("", Band.Exactly(ours / pollys), 0.35),
                new("look-up", Band.Exactly(rows[0].Nanoseconds), 25, "ns"),
                new("heap grown by a million keys", Band.Exactly(Math.Max(0, grown)), 0.10),
            ],
            [new("ours, a key", 0, ours), new("Polly, a key", 0, pollys), .. rows]);
    }

    private static PartitionedPipelines<string, CircuitBreaker> NewPartitions()
    {
        var options = new CircuitBreakerOptions();
        return new("bench", _ => new("bench", options), () => new("bench", options), new() { Capacity = Keys });
    }

    private static void Fill(PartitionedPipelines<string, CircuitBreaker> partitions)
    {
        foreach (var key in _keys)
        {
            partitions.Get(key);
        }
    }

    private static void PassThrough(PartitionedPipelines<string, CircuitBreaker> partitions, int first)
    {
        for (var key = first; key < first + KeysInAPart; key++)
        {
            partitions.Get(key.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double HeapFor(Action grow)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        grow();
        return GC.GetTotalMemory(forceFullCollection: true) - before;
    }
}
