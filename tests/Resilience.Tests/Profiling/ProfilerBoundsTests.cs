using Resilience.Profiling;
using Xunit;
using static Resilience.Tests.Profiling.Bench;

namespace Resilience.Tests.Profiling;

public sealed class ProfilerBoundsTests
{
    [Fact]
    public void Names_are_bounded_and_the_rest_is_called_other()
    {
        var bench = new Bench(new() { MaxNames = 2 });
        for (var order = 0; order < 1000; order++)
        {
            using var scope = bench.Profiler.Scope($"order {order}");
            bench.Work(1);
        }

        var roots = bench.Profiler.Snapshot().Roots;
        Assert.Equal(["(other)", "order 0", "order 1"], roots.Select(static root => root.Name));
        Assert.Equal((998, Ms(998)), (roots[0].Count, roots[0].Wall));
    }

    [Fact]
    public void A_name_too_long_to_be_one_is_other()
    {
        var bench = new Bench();
        using (bench.Profiler.Scope(new string('x', 257)))
        {
        }

        Assert.Equal("(other)", Assert.Single(bench.Profiler.Snapshot().Roots).Name);
    }

    [Fact]
    public void Equal_names_are_one_scope_whatever_string_they_come_in()
    {
        var bench = new Bench();
        for (var turn = 0; turn < 10; turn++)
        {
            using var scope = bench.Profiler.Scope(new string(['p', 'r', 'i', 'c', 'e']));
        }

        using (bench.Profiler.Scope("price"))
        {
        }

        Assert.Equal(11, Assert.Single(bench.Profiler.Snapshot().Roots).Count);
    }

    [Fact]
    public void Places_are_bounded_and_what_has_none_is_its_parents_own()
    {
        var bench = new Bench(new() { MaxPaths = 2 });
        using (bench.Profiler.Scope("a"))
        {
            using (bench.Profiler.Scope("b"))
            {
                bench.Work(1);
            }

            using (bench.Profiler.Scope("c"))
            using (bench.Profiler.AsyncScope("d"))
            {
                bench.Work(2);
            }
        }

        Assert.Equal((Ms(3), Ms(2)), (bench.At("a").Wall, bench.At("a").SelfWall));
        Assert.Equal(2, bench.Profiler.Snapshot().Dropped);
        Assert.Equal("b", Assert.Single(bench.At("a").Children).Name);
    }

    [Fact]
    public void Deep_recursion_is_bounded()
    {
        var bench = new Bench(new() { MaxDepth = 8 });

        Recurse(bench, 1000);

        var depth = 0;
        var (total, own) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var scopes = bench.Profiler.Snapshot().Roots; scopes.Count > 0; scopes = scopes[0].Children)
        {
            depth++;
            total = total > scopes[0].Wall ? total : scopes[0].Wall;
            own += scopes[0].SelfWall;
        }

        Assert.Equal((8, Ms(1000), Ms(1000)), (depth, total, own));
        Assert.Equal(992, bench.Profiler.Snapshot().Dropped);
    }

    [Fact]
    public void Recursion_is_not_counted_twice_in_totals()
    {
        var bench = new Bench();

        Recurse(bench, 5);

        var spot = Assert.Single(bench.Profiler.Snapshot().Hotspots(ProfileMeasure.Wall));
        Assert.Equal(("level", 5, Ms(5), Ms(5)), (spot.Name, spot.Count, spot.Wall, spot.SelfWall));
    }

    [Fact]
    public void Forgotten_scopes_cost_no_more_than_the_depth_allows()
    {
        var bench = new Bench(new() { MaxDepth = 8 });
        for (var turn = 0; turn < 10_000; turn++)
        {
            bench.Profiler.Scope("forgotten");
        }

        Assert.Equal(10_000 - 8, bench.Profiler.Snapshot().Dropped);
    }

    private static void Recurse(Bench bench, int levels)
    {
        using var scope = bench.Profiler.Scope("level");
        bench.Work(1);
        if (levels > 1)
        {
            Recurse(bench, levels - 1);
        }
    }
}
