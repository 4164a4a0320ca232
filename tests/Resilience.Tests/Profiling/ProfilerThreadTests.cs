using Resilience.Profiling;
using Xunit;
using static Resilience.Tests.Profiling.Bench;

namespace Resilience.Tests.Profiling;

/// <summary>What each thread counts is its own until somebody asks.</summary>
public sealed class ProfilerThreadTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Resumed_on_another_thread_a_scope_is_charged_what_that_thread_does_for_it_and_nothing_else()
    {
        var scope = _bench.Profiler.AsyncScope("order");
        GC.KeepAlive(new byte[1000]);
        _bench.Work(1, cpu: 1);
        var flow = ExecutionContext.Capture()!;
        var thread = new Thread(() =>
        {
            using (_bench.Profiler.Scope("somebody else's"))
            {
                GC.KeepAlive(new byte[1_000_000]);
                _bench.Work(50, cpu: 50);
                ExecutionContext.Run(
                    flow,
                    _ =>
                    {
                        GC.KeepAlive(new byte[5000]);
                        _bench.Work(2, cpu: 2);
                    },
                    null);
                GC.KeepAlive(new byte[1_000_000]);
            }
        });
        thread.UnsafeStart();
        thread.Join();
        scope.Dispose();

        Assert.InRange(_bench.At("order").Bytes, 1024 + 5024, 1024 + 5024 + 1000); // starting a thread isn't free
        Assert.Equal((Ms(3), Ms(50)), (_bench.At("order").Cpu, _bench.At("somebody else's").Cpu));
        Assert.InRange(_bench.At("somebody else's").Bytes, 2_000_000, 2_001_000);
        Assert.Empty(_bench.At("somebody else's").Children);
    }

    [Fact]
    public void What_a_thread_has_measured_outlives_it_and_the_next_thread_carries_it_on()
    {
        for (var turn = 0; turn < 50; turn++)
        {
            AsyncScopeTests.OnThread(() =>
            {
                using var scope = _bench.Profiler.Scope("short-lived");
                _bench.Work(1);
                _bench.Profiler.Scope("forgotten"); // and it doesn't become the parent of what the next thread does
            });
        }

        var snapshot = _bench.Profiler.Snapshot();
        Assert.Equal((50, Ms(50)), (_bench.At("short-lived").Count, _bench.At("short-lived").Wall));
        Assert.InRange(snapshot.Threads, 1, 3);
    }

    [Fact]
    public void A_scope_forgotten_at_the_end_of_a_thread_ends_with_it()
    {
        AsyncScopeTests.OnThread(() => _bench.Profiler.Scope("forgotten"));
        AsyncScopeTests.OnThread(() => _bench.Profiler.Scope("next").Dispose());

        Assert.Equal(["forgotten", "next"], _bench.Profiler.Snapshot().Roots.Select(static root => root.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_profilers_on_one_thread_know_nothing_of_each_other()
    {
        var other = new Bench();
        using (_bench.Profiler.Scope("mine"))
        using (other.Profiler.Scope("other's"))
        using (_bench.Profiler.Scope("mine, inside"))
        {
            _bench.Work(1);
        }

        Assert.Equal("mine, inside", Assert.Single(_bench.At("mine").Children).Name);
        Assert.Equal("other's", Assert.Single(other.Profiler.Snapshot().Roots).Name);
    }

    [Fact]
    public void Once_warm_a_scope_allocates_nothing()
    {
        var profiler = new ScopeProfiler("real");
        Run(100_000); // all lengths that there will be
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A scope of a length not seen before, such as one that was interrupted, takes 88 bytes once.
        Assert.InRange(allocated, 0, 3 * 88);

        void Run(int times)
        {
            for (var turn = 0; turn < times; turn++)
            {
                using var outer = profiler.Scope("outer");
                using var inner = profiler.Scope("inner");
            }
        }
    }

    [Fact]
    public void The_platforms_own_clock_tells_work_from_waiting()
    {
        Assert.SkipWhen(ThreadCpuClock.Read is null, "There is no clock of a thread's CPU here.");
        var profiler = new ScopeProfiler("real");
        using (profiler.Scope("wait"))
        {
            using var never = new ManualResetEventSlim();
            never.Wait(50, TestContext.Current.CancellationToken);
        }

        using (profiler.Scope("work"))
        {
            for (var start = ThreadCpuClock.Read!(); ThreadCpuClock.Read() - start < 20_000_000;)
            {
            }
        }

        var roots = profiler.Snapshot().Roots.ToDictionary(static root => root.Name, StringComparer.Ordinal);
        Assert.InRange(roots["work"].Cpu, Ms(19), roots["work"].Wall);
        Assert.InRange(roots["wait"].Cpu, TimeSpan.Zero, Ms(20));
        Assert.InRange(roots["wait"].Wall, Ms(40), Ms(20_000));
    }
}
