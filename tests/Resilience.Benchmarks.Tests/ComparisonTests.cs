using Resilience.Benchmarks.Harness;
using Xunit;

namespace Resilience.Benchmarks.Tests;

public sealed class ComparisonTests
{
    private static readonly Case[] _cases = [new("ours", static _ => Task.CompletedTask), new("rival", static _ => Task.CompletedTask), new("plain", static _ => Task.CompletedTask)];

    [Fact]
    public void The_ratio_is_taken_in_each_round_so_that_a_slow_round_changes_nothing()
    {
        var comparison = new Comparison(_cases[..2], [[new(10, 0), new(100, 0), new(20, 0)], [new(20, 0), new(200, 0), new(40, 0)]]);

        Assert.Equal(Band.Exactly(0.5), comparison.TimeRatio);
    }

    [Fact]
    public void What_both_are_added_to_counts_for_neither()
    {
        var comparison = new Comparison(_cases, [[new(150, 80)], [new(300, 140)], [new(100, 40)]]);

        Assert.Equal(0.25, comparison.TimeRatio.Median);
        Assert.Equal(0.4, comparison.BytesRatio.Median);
    }

    [Fact]
    public void What_the_runtime_allocates_now_and_then_is_not_ours()
    {
        var comparison = new Comparison(_cases[..2], [[new(10, 3), new(10, 0.004), new(10, 7)], [new(20, 40), new(20, 40), new(20, 41)]]);

        Assert.Equal(0, comparison.Bytes.Median);
        Assert.Equal([new("ours", 10, 0.004), new("rival", 20, 40)], comparison.Rows);
    }
}
