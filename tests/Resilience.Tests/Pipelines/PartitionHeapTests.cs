using Resilience.CircuitBreakers;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Tests.Pipelines;

/// <summary>Looks at the whole heap, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(PartitionHeapTests), DisableParallelization = true)]
[Collection(nameof(PartitionHeapTests))]
public sealed class PartitionHeapTests
{
    [Fact]
    public void A_million_keys_through_a_thousand_places_keep_the_heap_flat()
    {
        var partitions = new PartitionedPipelines<int, object>("many", static _ => new(), static () => new());
        Visit(0, 100_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Visit(100_000, 1_000_000);

        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(1_000, partitions.Count);
        Assert.Equal(999_000, partitions.Snapshot().Evicted);
        Assert.InRange(growth, long.MinValue, 1_000_000);

        void Visit(int from, int to)
        {
            for (var key = from; key < to; key++)
            {
                partitions.Get(key);
            }
        }
    }

    [Fact]
    public void Breakers_that_come_and_go_by_the_thousands_keep_the_heap_flat()
    {
        var options = new CircuitBreakerOptions();
        var partitions = new PartitionedPipelines<int, CircuitBreaker>(
            "many", _ => new("one", options), static () => throw new InvalidOperationException("closed breakers can always make room"), new() { Capacity = 100 });
        Visit(0, 5_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Visit(5_000, 20_000);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2_000_000);

        void Visit(int from, int to)
        {
            for (var key = from; key < to; key++)
            {
                partitions.Get(key);
            }
        }
    }
}
