using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Resilience.Health;
using Xunit;

namespace Resilience.Tests.Health;

/// <summary>With the pool of this very process, so beside no other test.</summary>
[Collection(nameof(ThreadPoolGuardTests))]
[CollectionDefinition(nameof(ThreadPoolGuardTests), DisableParallelization = true)]
public sealed class ThreadPoolGuardTests
{
    // More than others have left idle.
    private readonly int _blocked = ThreadPool.ThreadCount + 200;

    [Fact]
    public void Work_waits_for_blocked_threads_without_a_guard_and_hardly_with_one()
    {
        ThreadPool.GetMinThreads(out var before, out _);

        var unguarded = TimeBehindBlockedWork(giveUpAfter: TimeSpan.FromSeconds(2));
        using (var guard = new ThreadPoolGuard(new() { CalmAfter = TimeSpan.FromSeconds(1) }))
        {
            var guarded = TimeBehindBlockedWork(giveUpAfter: TimeSpan.FromSeconds(10));

            Assert.Null(unguarded);
            Assert.InRange(guarded!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.InRange(guard.Rescues, 1, 50);
            Assert.True(SpinWait.SpinUntil(() => Minimum() == before, TimeSpan.FromSeconds(10)), "the added threads may go once it is calm");
        }

        Assert.Equal(before, Minimum());
    }

    [Fact]
    public void No_more_threads_are_added_than_allowed()
    {
        using var guard = new ThreadPoolGuard(new() { MaxThreads = ThreadPool.ThreadCount + 8 });
        using var block = new ManualResetEventSlim();
        for (var i = 0; i < _blocked; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static block => block.Wait(), block, preferLocal: false);
        }

        Assert.True(SpinWait.SpinUntil(() => guard.Delay > TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10)));
        Assert.InRange(Minimum(), 1, ThreadPool.ThreadCount + 8);
        block.Set();
        Assert.True(SpinWait.SpinUntil(() => guard.Delay < TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Options_out_of_their_range_are_refused_by_name()
    {
        var refusal = Assert.Throws<ValidationException>(() => new ThreadPoolGuard(new() { MaxThreads = 0 }));

        Assert.Equal("The guard of the thread pool can't be built: MaxThreads is 0, but must be from 1 to 32767.", refusal.Message);
    }

    private static int Minimum()
    {
        ThreadPool.GetMinThreads(out var minimum, out _);
        return minimum;
    }

    // How long something that was queued behind much blocked work waits to be run; null when it had to be given up.
    private TimeSpan? TimeBehindBlockedWork(TimeSpan giveUpAfter)
    {
        using var block = new CountdownEvent(1);
        using var ended = new CountdownEvent(_blocked);
        for (var i = 0; i < _blocked; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static state =>
                {
                    state.block.WaitHandle.WaitOne(); // a kernel's wait, of which the pool isn't told
                    state.ended.Signal();
                },
                (block, ended),
                preferLocal: false);
        }

        var ran = new ManualResetEventSlim();
        var queued = Stopwatch.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), ran, preferLocal: false);
        TimeSpan? waited = ran.Wait(giveUpAfter) ? Stopwatch.GetElapsedTime(queued) : null;
        block.Signal();
        Assert.True(ended.Wait(TimeSpan.FromSeconds(20)));
        return waited;
    }
}
