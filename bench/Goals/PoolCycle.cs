using Microsoft.Extensions.ObjectPool;
using Resilience.Benchmarks.Harness;
using Resilience.ObjectPools;

namespace Resilience.Benchmarks.Goals;

internal sealed class PoolCycle() : Goal("G9", "object taken and returned, double returns found; four out at a time, contended", "Microsoft.Extensions.ObjectPool")
{
    private const int Kept = 64;

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        using var ours = new TrackedObjectPool<Pooled>("bench", new DefaultPooledObjectPolicy<Pooled>(), new() { MaxSize = Kept });
        CheckThatDoubleReturnsAreFound(ours);
        var theirs = new DefaultObjectPool<Pooled>(new DefaultPooledObjectPolicy<Pooled>(), Kept);
        var threads = Math.Clamp(Environment.ProcessorCount, 2, 8);

        // A loop for each, written out: the compiler makes the call direct in the loop of the one that it saw more of.
        var alone = await stand.CompareAsync(
            new Case("ours", operations =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    ours.Return(ours.Get());
                }

                return Task.CompletedTask;
            }),
            new Case("ObjectPool", operations =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    theirs.Return(theirs.Get());
                }

                return Task.CompletedTask;
            }));
        var contended = await stand.CompareAsync(
            new Case(
                "ours, four out",
                operations =>
                {
                    for (var operation = 0; operation < operations; operation += 4)
                    {
                        var (one, two, three, four) = (ours.Get(), ours.Get(), ours.Get(), ours.Get());
                        ours.Return(four);
                        ours.Return(three);
                        ours.Return(two);
                        ours.Return(one);
                    }

                    return Task.CompletedTask;
                },
                threads),
            new Case(
                "ObjectPool, four out",
                operations =>
                {
                    for (var operation = 0; operation < operations; operation += 4)
                    {
                        var (one, two, three, four) = (theirs.Get(), theirs.Get(), theirs.Get(), theirs.Get());
                        theirs.Return(four);
                        theirs.Return(three);
                        theirs.Return(two);
                        theirs.Return(one);
                    }

                    return Task.CompletedTask;
                },
                threads));
        return new(
            [
                new("", alone.TimeRatio, 1.20),
                new("allocates", alone.Bytes, 0, "B"),
                new("four out, contended", contended.TimeRatio, 0.50),
            ],
            [.. alone.Rows, .. contended.Rows]);
    }

    private static void CheckThatDoubleReturnsAreFound(TrackedObjectPool<Pooled> pool)
    {
        var item = pool.Get();
        pool.Return(item);
        pool.Return(item);
        if (pool.Snapshot().DoubleReturns != 1)
        {
            throw new InvalidOperationException("Ours measures something else than it says.");
        }
    }

    private sealed class Pooled;
}
