using Resilience.Benchmarks.Harness;
using Resilience.Bulkheads;

namespace Resilience.Benchmarks.Goals;

/// <summary>Honesty: a semaphore counts and does nothing else; a permit also knows its use, keeps statistics and can be resized.</summary>
internal sealed class AgainstSemaphore() : Goal("H2", "permit, contended", "SemaphoreSlim")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var threads = Math.Clamp(Environment.ProcessorCount, 2, 8);
        using var bulkhead = new Bulkhead("bench", new() { MaxConcurrency = 16 });
        using var semaphore = new SemaphoreSlim(16);

        var measured = await stand.CompareAsync(
            new Case(
                "ours",
                async operations =>
                {
                    for (var operation = 0; operation < operations; operation++)
                    {
                        using var permit = await bulkhead.AcquireAsync(CancellationToken.None);
                    }
                },
                threads),
            new Case(
                "SemaphoreSlim",
                async operations =>
                {
                    for (var operation = 0; operation < operations; operation++)
                    {
                        await semaphore.WaitAsync(CancellationToken.None);
                        semaphore.Release();
                    }
                },
                threads));
        return new([new("", measured.TimeRatio, double.PositiveInfinity)], measured.Rows);
    }
}
