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

        var alone = await stand.CompareAsync(OneOut("ours", ours), OneOut("ObjectPool", theirs));
        var contended = await stand.CompareAsync(FourOut("ours, four out", ours, threads), FourOut("ObjectPool, four out", theirs, threads));
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

    private static Case OneOut(string name, ObjectPool<Pooled> pool) => new(name, operations =>
    {
        for (var operation = 0; operation < operations; operation++)
        {
            pool.Return(pool.Get());
        }

        return Task.CompletedTask;
    });

    private static Case FourOut(string name, ObjectPool<Pooled> pool, int threads) => new(
        name,
        operations =>
        {
            for (var operation = 0; operation < operations; operation += 4)
            {
                var (one, two, three, four) = (pool.Get(), pool.Get(), pool.Get(), pool.Get());
                pool.Return(four);
                pool.Return(three);
                pool.Return(two);
                pool.Return(one);
            }

            return Task.CompletedTask;
        },
        threads);

    private sealed class Pooled;
}
