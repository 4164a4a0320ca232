using CsCheck;
using Resilience.Profiling;
using Xunit;
using static Resilience.Tests.Profiling.Bench;

namespace Resilience.Tests.Profiling;

public sealed class ProfilerStressTests
{
    private static readonly string[] _names = ["a", "b", "c"];

    /// <summary>Any sequence of opening, closing, forgetting and working gives what a list of open scopes gives.</summary>
    [Fact]
    public void Any_sequence_on_a_thread_matches_a_simple_model() =>
        Gen.Int[0, 9].Array[0, 60].Sample(
            static steps =>
            {
                var bench = new Bench();
                var open = new List<(string Path, double Start)>();
                var (counts, walls, selfs) = (new Dictionary<string, long>(), new Dictionary<string, double>(), new Dictionary<string, double>());
                double now = 0;
                Run(0);

                foreach (var (path, scope) in Flatten(bench.Profiler.Snapshot().Roots, ""))
                {
                    Assert.Equal(
                        (path, counts.GetValueOrDefault(path), Ms(walls.GetValueOrDefault(path)), Ms(selfs.GetValueOrDefault(path))),
                        (path, scope.Count, scope.Wall, scope.SelfWall));
                    Assert.Equal(0, scope.Open);
                }

                // Returns to which step its caller goes on with.
                int Run(int step)
                {
                    while (step < steps.Length)
                    {
                        var what = steps[step++];
                        switch (what)
                        {
                            case < 3: // a scope as it should be: what is forgotten inside ends with it
                                var place = open.Count;
                                using (bench.Profiler.Scope(_names[what]))
                                {
                                    Open(_names[what]);
                                    step = Run(step);
                                }

                                CloseTo(place);
                                break;
                            case 3 when open.Count > 0: // one that is forgotten
                                bench.Profiler.Scope("forgotten");
                                Open("forgotten");
                                break;
                            case < 7:
                                Work(what);
                                break;
                            default:
                                if (open.Count > 0)
                                {
                                    return step;
                                }

                                break;
                        }
                    }

                    return step;
                }

                void Open(string name) => open.Add(((open.Count == 0 ? "" : open[^1].Path + "/") + name, now));

                void CloseTo(int place)
                {
                    for (; open.Count > place; open.RemoveAt(open.Count - 1))
                    {
                        var (path, start) = open[^1];
                        counts[path] = counts.GetValueOrDefault(path) + 1;
                        walls[path] = walls.GetValueOrDefault(path) + now - start;
                    }
                }

                void Work(double milliseconds)
                {
                    bench.Work(milliseconds);
                    now += milliseconds;
                    if (open.Count > 0)
                    {
                        selfs[open[^1].Path] = selfs.GetValueOrDefault(open[^1].Path) + milliseconds;
                    }
                }
            },
            iter: 500);

    /// <summary>Trees of tasks, forked and joined on the pool's threads: each scope stands where its code was called from.</summary>
    [Fact]
    public async Task Forked_and_joined_tasks_stand_where_they_were_called_from()
    {
        var profiler = new ScopeProfiler("stress", new() { MaxDepth = 16 });
        var expected = new Dictionary<string, long>(StringComparer.Ordinal);
        Expect("root", 4);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var turn = 0; turn < 10; turn++)
            {
                await RunAsync("root", 4);
            }
        })));

        Assert.Equal(
            expected.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {80 * pair.Value}"),
            Flatten(profiler.Snapshot().Roots, "").Select(static pair => $"{pair.Path} {pair.Scope.Count}").Order(StringComparer.Ordinal));
        Assert.All(Flatten(profiler.Snapshot().Roots, ""), static pair => Assert.True(pair.Scope.SelfWall <= pair.Scope.Wall && pair.Scope.Open == 0));

        async Task RunAsync(string name, int depth)
        {
            using var scope = profiler.AsyncScope(name);
            if (depth % 2 == 0)
            {
                await Task.Yield();
            }

            using (profiler.Scope("before"))
            {
            }

            if (depth > 0)
            {
                await Task.WhenAll(RunAsync("a", depth - 1), RunAsync("b", depth - 1), Task.Run(() => RunAsync("c", depth - 1)));
            }

            using (profiler.Scope("after"))
            {
            }
        }

        void Expect(string path, int depth)
        {
            foreach (var one in (string[])[path, path + "/before", path + "/after"])
            {
                expected[one] = expected.GetValueOrDefault(one) + 1;
            }

            foreach (var child in depth > 0 ? _names : [])
            {
                Expect($"{path}/{child}", depth - 1);
            }
        }
    }

    [Fact]
    public async Task Snapshots_and_resets_while_others_record_lose_nothing()
    {
        const int Each = 100_000;
        var profiler = new ScopeProfiler("stress");
        long seen = 0;
        var recording = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var turn = 0; turn < Each; turn++)
                {
                    using var outer = profiler.Scope("outer");
                    using var inner = profiler.Scope("inner");
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        while (!recording.IsCompleted)
        {
            var before = profiler.Snapshot().Roots.Sum(static root => root.Count);
            Assert.True(before >= seen);
            seen = before;
            Assert.All(Flatten(profiler.Snapshot().Roots, ""), static pair => Assert.True(pair.Scope.Count >= 0 && pair.Scope.SelfWall >= TimeSpan.Zero));
        }

        await recording;
        Assert.Equal([3L * Each, 3L * Each], Flatten(profiler.Snapshot().Roots, "").Select(static pair => pair.Scope.Count));
        profiler.Reset();
        Assert.Empty(profiler.Snapshot().Roots);
    }

    private static IEnumerable<(string Path, ScopeProfile Scope)> Flatten(IEnumerable<ScopeProfile> scopes, string around) =>
        scopes.SelectMany(scope => Flatten(scope.Children, around + scope.Name + "/").Prepend((around + scope.Name, scope)));
}
