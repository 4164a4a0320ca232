using System.ComponentModel.DataAnnotations;
using Resilience.Profiling;
using Xunit;
using static Resilience.Tests.Profiling.Bench;

namespace Resilience.Tests.Profiling;

public sealed class ScopeProfilerTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void A_scope_counts_what_passes_in_it_and_keeps_its_own_apart_from_what_is_inside()
    {
        using (_bench.Profiler.Scope("checkout"))
        {
            _bench.Work(10, cpu: 4);
            for (var line = 0; line < 3; line++)
            {
                using var scope = _bench.Profiler.Scope("price");
                _bench.Work(2, cpu: 1);
            }

            _bench.Work(5, cpu: 5);
        }

        var (checkout, price) = (_bench.At("checkout"), _bench.At("checkout", "price"));
        Assert.Equal((1, Ms(21), Ms(15), Ms(12), Ms(9)), (checkout.Count, checkout.Wall, checkout.SelfWall, checkout.Cpu, checkout.SelfCpu));
        Assert.Equal((3, Ms(6), Ms(6), Ms(3), Ms(3)), (price.Count, price.Wall, price.SelfWall, price.Cpu, price.SelfCpu));
    }

    [Fact]
    public void What_passes_outside_of_all_scopes_is_nobodys()
    {
        using (_bench.Profiler.Scope("first"))
        {
            _bench.Work(1, cpu: 1);
        }

        _bench.Work(100, cpu: 100);
        GC.KeepAlive(new byte[1_000_000]);
        using (_bench.Profiler.Scope("second"))
        {
            _bench.Work(1, cpu: 1);
        }

        Assert.All([_bench.At("first"), _bench.At("second")], static scope => Assert.Equal((Ms(1), Ms(1), true), (scope.Wall, scope.Cpu, scope.Bytes < 1000)));
    }

    [Fact]
    public void Bytes_are_charged_to_whose_code_allocates_and_the_profilers_own_to_nobody()
    {
        for (var turn = 0; turn < 2; turn++)
        {
            using var outer = _bench.Profiler.Scope("outer");
            GC.KeepAlive(new byte[1000]);
            using var inner = _bench.Profiler.Scope("inner");
            GC.KeepAlive(new byte[5000]);
        }

        var (outside, inside) = (_bench.At("outer"), _bench.At("outer", "inner"));
        Assert.Equal((2 * 1024, 2 * 5024), (outside.SelfBytes, inside.SelfBytes));
        Assert.Equal(2 * (1024 + 5024), outside.Bytes);
    }

    [Fact]
    public void A_stretch_too_short_to_wait_in_is_CPU_in_full_and_a_long_one_gets_what_is_left_over()
    {
        using (_bench.Profiler.Scope("outer"))
        {
            _bench.Work(0.005, cpu: 0.005); // under 10 µs: the clock isn't read
            using (_bench.Profiler.Scope("short"))
            {
                _bench.Work(0.003, cpu: 0.003);
            }

            _bench.Work(50, cpu: 2);
        }

        Assert.Equal(Ms(0.003), _bench.At("outer", "short").Cpu);
        Assert.Equal(Ms(2.005), _bench.At("outer").SelfCpu);
    }

    [Fact]
    public void CPU_is_never_more_than_the_time_that_passed()
    {
        using (_bench.Profiler.Scope("scope"))
        {
            _bench.Work(5, cpu: 900);
        }

        Assert.Equal(Ms(5), _bench.At("scope").Cpu);
    }

    [Fact]
    public void Quantiles_are_at_most_an_eighth_too_high()
    {
        for (var call = 1; call <= 200; call++)
        {
            using var scope = _bench.Profiler.Scope("call");
            _bench.Work(call <= 190 ? 10 : 1000);
        }

        var call1 = _bench.At("call");
        Assert.InRange(call1.Median, Ms(10), Ms(11.25));
        Assert.InRange(call1.P99, Ms(1000), Ms(1125));
    }

    [Fact]
    public void Switched_off_nothing_is_measured_and_what_is_open_goes_on()
    {
        using (_bench.Profiler.Scope("open"))
        {
            _bench.Profiler.IsEnabled = false;
            using (_bench.Profiler.Scope("no"))
            using (_bench.Profiler.AsyncScope("no either"))
            {
                _bench.Work(7);
            }
        }

        var open = Assert.Single(_bench.Profiler.Snapshot().Roots);
        Assert.Equal((1, Ms(7)), (open.Count, open.SelfWall));
        Assert.Empty(open.Children);
    }

    [Fact]
    public void A_reset_begins_anew_and_a_scope_that_was_open_counts_in_full()
    {
        using (_bench.Profiler.Scope("before"))
        {
            _bench.Work(3);
        }

        using (_bench.Profiler.Scope("around"))
        {
            _bench.Work(2);
            _bench.Profiler.Reset();
            _bench.Work(4);
            Assert.Equal(1, _bench.At("around").Open);
        }

        var around = Assert.Single(_bench.Profiler.Snapshot().Roots);
        Assert.Equal(("around", 1, 0, Ms(6)), (around.Name, around.Count, around.Open, around.Wall));
        Assert.InRange(around.Median, Ms(6), Ms(6.75));
        Assert.Equal(Ms(4), _bench.Profiler.Snapshot().Duration);
    }

    [Fact]
    public void An_exception_ends_the_scopes_it_leaves()
    {
        Assert.Throws<InvalidOperationException>(Fail);
        using (_bench.Profiler.Scope("next"))
        {
        }

        Assert.Equal((1, 1, 1), (_bench.At("outer").Count, _bench.At("outer", "inner").Count, _bench.At("next").Count));

        void Fail()
        {
            using var outer = _bench.Profiler.Scope("outer");
            using var inner = _bench.Profiler.Scope("inner");
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public void A_scope_disposed_twice_counts_once()
    {
        var scope = _bench.Profiler.Scope("twice");
        scope.Dispose();
        var other = _bench.Profiler.Scope("other"); // stands where the first one stood
        scope.Dispose();
        _bench.Work(1);
        other.Dispose();

        Assert.Equal((1, 1, Ms(1)), (_bench.At("twice").Count, _bench.At("other").Count, _bench.At("other").Wall));
        Assert.Equal(1, _bench.Profiler.Snapshot().DoubleDisposes);
    }

    [Fact]
    public void A_scope_never_disposed_ends_with_the_one_around_it()
    {
        using (_bench.Profiler.Scope("outer"))
        {
            _bench.Profiler.Scope("forgotten");
            _bench.Profiler.Scope("forgotten, too");
            _bench.Work(1);
        }

        using (_bench.Profiler.Scope("next"))
        {
        }

        Assert.Equal(["next", "outer"], _bench.Profiler.Snapshot().Roots.Select(static root => root.Name).Order(StringComparer.Ordinal));
        Assert.Equal((1, 0, Ms(1)), (_bench.At("outer", "forgotten").Count, _bench.At("outer", "forgotten").Open, _bench.At("outer", "forgotten").Wall));
    }

    [Fact]
    public void A_scope_that_is_open_shows_as_open()
    {
        _bench.Profiler.Scope("forgotten");

        Assert.Equal((0, 1), (_bench.At("forgotten").Count, _bench.At("forgotten").Open));
    }

    [Fact]
    public void Options_outside_their_range_are_refused_by_name_and_value() => Assert.Equal(
        "The profiler shop can't be built: MaxNames is 0, but must be from 1 to 10000.",
        Assert.Throws<ValidationException>(static () => new ScopeProfiler("shop", new() { MaxNames = 0 })).Message);

    [Fact]
    public void A_scope_without_a_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => _bench.Profiler.Scope(""));
}
