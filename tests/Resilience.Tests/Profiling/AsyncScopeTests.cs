using Resilience.Profiling;
using Xunit;
using static Resilience.Tests.Profiling.Bench;

namespace Resilience.Tests.Profiling;

public sealed class AsyncScopeTests
{
    private readonly Bench _bench = new();

    [Fact]
    public async Task A_scope_goes_on_across_await_and_stands_around_what_is_opened_after_it()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = OrderAsync();
        _bench.Work(30, cpu: 30); // on this thread, which is none of the order's
        answer.SetResult();
        await running;

        var (order, price) = (_bench.At("order"), _bench.At("order", "price"));
        Assert.Equal((1, Ms(41), Ms(36), Ms(2)), (order.Count, order.Wall, order.SelfWall, order.SelfCpu));
        Assert.Equal((1, Ms(5), Ms(3)), (price.Count, price.Wall, price.Cpu));
        Assert.Equal(["order"], _bench.Profiler.Snapshot().Roots.Select(static root => root.Name));

        async Task OrderAsync()
        {
            using var scope = _bench.Profiler.AsyncScope("order");
            _bench.Work(5, cpu: 1);
            await answer.Task;
            using (_bench.Profiler.Scope("price"))
            {
                _bench.Work(5, cpu: 3);
            }

            _bench.Work(1, cpu: 1);
        }
    }

    [Fact]
    public async Task Parallel_branches_stand_under_the_scope_that_began_them_and_not_under_each_other()
    {
        using (_bench.Profiler.AsyncScope("order"))
        {
            var (stock, money) = (new TaskCompletionSource(), new TaskCompletionSource());
            var both = Task.WhenAll(BranchAsync("stock", stock.Task), BranchAsync("money", money.Task));
            _bench.Work(10);
            stock.SetResult();
            _bench.Work(10);
            money.SetResult();
            await both;
            _bench.Work(5);
        }

        Assert.Equal(["money", "stock"], _bench.At("order").Children.Select(static child => child.Name));
        Assert.Equal((Ms(10), Ms(20)), (_bench.At("order", "stock").Wall, _bench.At("order", "money").Wall));
        Assert.Equal(["inner"], _bench.At("order", "money").Children.Select(static child => child.Name));

        async Task BranchAsync(string name, Task until)
        {
            using var scope = _bench.Profiler.AsyncScope(name);
            await until;
            using var inner = _bench.Profiler.Scope("inner");
        }
    }

    [Fact]
    public async Task Its_own_time_is_what_no_branch_covers_however_many_run_at_once()
    {
        using (_bench.Profiler.AsyncScope("order"))
        {
            _bench.Work(7);
            var (first, second) = (_bench.Profiler.AsyncScopeElsewhere("a", out var endA), _bench.Profiler.AsyncScopeElsewhere("b", out var endB));
            _bench.Work(10);
            endA.SetResult();
            await first;
            _bench.Work(10);
            endB.SetResult();
            await second;
            _bench.Work(3);
        }

        Assert.Equal((Ms(30), Ms(10)), (_bench.At("order").Wall, _bench.At("order").SelfWall));
        Assert.Equal((Ms(10), Ms(20)), (_bench.At("order", "a").Wall, _bench.At("order", "b").Wall));
    }

    [Fact]
    public async Task The_callers_scope_is_back_when_an_async_method_returns_and_when_it_is_over()
    {
        var answer = new TaskCompletionSource();
        using (_bench.Profiler.Scope("caller"))
        {
            var running = WaitAsync();
            using (_bench.Profiler.Scope("meanwhile"))
            {
                answer.SetResult(); // the rest of the wait runs here, inside of "meanwhile", and is its own all the same
            }

            Assert.True(running.IsCompleted);
            using (_bench.Profiler.Scope("after"))
            {
            }
        }

        Assert.Equal(["after", "meanwhile", "wait"], _bench.At("caller").Children.Select(static child => child.Name).Order(StringComparer.Ordinal));
        Assert.Equal("resumed", Assert.Single(_bench.At("caller", "wait").Children).Name);
        Assert.Equal((Ms(4), TimeSpan.Zero), (_bench.At("caller", "wait", "resumed").SelfWall, _bench.At("caller", "meanwhile").SelfWall));
        await answer.Task;

        async Task WaitAsync()
        {
            using var scope = _bench.Profiler.AsyncScope("wait");
            await answer.Task;
            using var resumed = _bench.Profiler.Scope("resumed");
            _bench.Work(4);
        }
    }

    [Fact]
    public void A_scope_may_end_on_another_thread_than_it_began_on()
    {
        var scope = _bench.Profiler.AsyncScope("handed over");
        _bench.Work(2);
        OnThread(() =>
        {
            _bench.Work(3);
            scope.Dispose();
        });

        var ended = _bench.At("handed over");
        Assert.Equal((1, 0, Ms(5)), (ended.Count, ended.Open, ended.Wall));
    }

    [Fact]
    public void A_scope_that_ends_where_it_isnt_ambient_leaves_what_is_ambient_there()
    {
        AsyncProfilerScope scope = default;
        OnThread(() => scope = _bench.Profiler.AsyncScope("elsewhere"));
        using (_bench.Profiler.AsyncScope("here"))
        {
            scope.Dispose();
            using var inner = _bench.Profiler.Scope("inner");
        }

        Assert.Equal("inner", Assert.Single(_bench.At("here").Children).Name);
        Assert.Equal(1, _bench.At("elsewhere").Count);
    }

    [Fact]
    public async Task Disposed_many_times_from_many_threads_it_counts_once()
    {
        var scope = _bench.Profiler.AsyncScope("once");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => scope.Dispose())));
        scope.Dispose();

        Assert.Equal((1, 0), (_bench.At("once").Count, _bench.At("once").Open));
        Assert.Equal(8, _bench.Profiler.Snapshot().DoubleDisposes);
    }

    [Fact]
    public async Task Never_disposed_it_ends_for_the_caller_with_the_method_that_opened_it()
    {
        await ForgetAsync();
        using (_bench.Profiler.Scope("next"))
        {
        }

        Assert.Equal(["forgotten", "next"], _bench.Profiler.Snapshot().Roots.Select(static root => root.Name).Order(StringComparer.Ordinal));
        Assert.Equal((0, 1), (_bench.At("forgotten").Count, _bench.At("forgotten").Open));

        async Task ForgetAsync()
        {
            _bench.Profiler.AsyncScope("forgotten");
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Work_that_outlives_its_parent_still_stands_under_it()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task late;
        using (_bench.Profiler.AsyncScope("request"))
        {
            late = LateAsync();
            _bench.Work(3);
        }

        _bench.Work(10);
        end.SetResult();
        await late;

        Assert.Equal((Ms(3), TimeSpan.Zero), (_bench.At("request").Wall, _bench.At("request").SelfWall));
        Assert.Equal((Ms(13), 1), (_bench.At("request", "late").Wall, _bench.At("request", "late", "inner").Count));

        async Task LateAsync()
        {
            using var scope = _bench.Profiler.AsyncScope("late");
            await end.Task;
            using var inner = _bench.Profiler.Scope("inner");
        }
    }

    [Fact]
    public async Task A_thread_that_is_done_with_the_work_has_no_scope_left()
    {
        using var scope = _bench.Profiler.AsyncScope("request");
        await Task.Run(() => { using var inner = _bench.Profiler.Scope("inner"); }, TestContext.Current.CancellationToken);
        using (ExecutionContext.SuppressFlow())
        {
            for (var turn = 0; turn < 8; turn++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static bench => { using var root = bench.Profiler.Scope("root"); }, _bench, preferLocal: false);
            }
        }

        Assert.True(SpinWait.SpinUntil(() => _bench.Profiler.Snapshot().Roots.Any(static root => root is { Name: "root", Count: 8 }), 10_000));
        Assert.Equal(["inner"], _bench.At("request").Children.Select(static child => child.Name));
    }

    internal static void OnThread(Action work)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(work));
        thread.Start();
        thread.Join();
        Assert.Null(thrown);
    }
}

internal static class Elsewhere
{
    public static Task AsyncScopeElsewhere(this ScopeProfiler profiler, string name, out TaskCompletionSource end)
    {
        end = new TaskCompletionSource();
        return RunAsync(profiler, name, end.Task);

        static async Task RunAsync(ScopeProfiler profiler, string name, Task end)
        {
            using var scope = profiler.AsyncScope(name);
            await end;
        }
    }
}
