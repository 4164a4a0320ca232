using System.Threading.RateLimiting;
using Resilience.Benchmarks.Harness;
using Resilience.Bulkheads;

namespace Resilience.Benchmarks.Goals;

internal sealed class PermitCycle() : Goal("G6", "permit taken and returned", "ConcurrencyLimiter; SemaphoreSlim")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        using var bulkhead = new Bulkhead("bench", new() { MaxConcurrency = 16 });
        await using var limiter = new ConcurrencyLimiter(new() { PermitLimit = 16, QueueLimit = 0 });
        using var semaphore = new SemaphoreSlim(16);
        var ours = new Case("ours", async operations =>
        {
            for (var operation = 0; operation < operations; operation++)
            {
                using var permit = await bulkhead.AcquireAsync(CancellationToken.None);
            }
        });

        var bcl = await stand.CompareAsync(ours, new Case("ConcurrencyLimiter.AcquireAsync", async operations =>
        {
            for (var operation = 0; operation < operations; operation++)
            {
                using var lease = await limiter.AcquireAsync(permitCount: 1, CancellationToken.None);
            }
        }));
        var bare = await stand.CompareAsync(ours, new Case("SemaphoreSlim.WaitAsync", async operations =>
        {
            for (var operation = 0; operation < operations; operation++)
            {
                await semaphore.WaitAsync(CancellationToken.None);
                semaphore.Release();
            }
        }));
        return new(
            [new("", bcl.TimeRatio, 0.50), new("allocates", bcl.Bytes, 0, "B"), new("of SemaphoreSlim", bare.TimeRatio, 1.30)],
            [.. bcl.Rows, .. bare.Rows.Skip(1)]);
    }
}
