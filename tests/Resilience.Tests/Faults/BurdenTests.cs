using System.Diagnostics;
using Resilience.Faults.Burdens;
using Xunit;

namespace Resilience.Tests.Faults;

/// <summary>What weighs on this very process, so beside no other test.</summary>
[Collection(nameof(BurdenTests))]
[CollectionDefinition(nameof(BurdenTests), DisableParallelization = true)]
public sealed class BurdenTests
{
    [Fact]
    public void A_processor_burden_burns_about_its_share_and_stops()
    {
        using var process = Process.GetCurrentProcess();
        double Share(Action during)
        {
            var (used, began) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            during();
            process.Refresh();
            return (process.TotalProcessorTime - used) / Stopwatch.GetElapsedTime(began) / Environment.ProcessorCount;
        }

        var wait = new ManualResetEventSlim();
        double burdened;
        using (new ProcessorBurden(0.5))
        {
            burdened = Share(() => wait.Wait(TimeSpan.FromSeconds(1)));
        }

        var after = Share(() => wait.Wait(TimeSpan.FromSeconds(0.5)));
        Assert.InRange(burdened, 0.1, 0.8); // others may want the processors, too
        Assert.InRange(after, 0, burdened / 2);
    }

    [Fact]
    public void A_memory_burden_holds_what_it_says_and_lets_go()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var burden = new MemoryBurden(64);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 60L << 20, 80L << 20);

        burden.Dispose();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16L << 20);
    }

    [Fact]
    public void A_thread_pool_burden_blocks_threads_and_gives_them_back()
    {
        using var ran = new ManualResetEventSlim();
        using (new ThreadPoolBurden(ThreadPool.ThreadCount + 100)) // others have left threads
        {
            ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), ran, preferLocal: false);
            Assert.False(ran.Wait(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        }

        Assert.True(ran.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }
}
