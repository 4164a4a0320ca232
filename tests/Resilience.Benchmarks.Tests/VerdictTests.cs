using Resilience.Benchmarks.Harness;
using Xunit;

namespace Resilience.Benchmarks.Tests;

public sealed class VerdictTests
{
    [Theory]
    [InlineData(0.36, 0.38, 0.40, true)] // all of it under
    [InlineData(0.44, 0.46, 0.48, true)] // across it: noise
    [InlineData(0.45, 0.50, 0.60, true)] // touches it
    [InlineData(0.46, 0.47, 0.48, false)] // all of it over
    public void Only_a_band_that_lies_over_the_goal_as_a_whole_falls_short(double low, double median, double high, bool met) =>
        Assert.Equal(met, new Criterion("", new(low, median, high), 0.45).IsMet);

    [Fact]
    public void The_line_of_a_goal_says_ratio_goal_and_verdict()
    {
        Assert.Equal("G3 0.38 <= 0.45 ok", Line(new Criterion("", Band.Exactly(0.38), 0.45)));
        Assert.Equal("G3 0.38 <= 0.45 ok (band 0.36–0.40)", Line(new Criterion("", new(0.36, 0.38, 0.40), 0.45)));
        Assert.Equal("G3 0.52 <= 0.45 short (band 0.50–0.54)", Line(new Criterion("", new(0.50, 0.52, 0.54), 0.45)));
        Assert.Equal("G5 0.007 <= 0.020 ok", Line(new Criterion("", Band.Exactly(0.0071), 0.02), id: "G5"));
        Assert.Equal("H1 14.30", Line(new Criterion("", Band.Exactly(14.3), double.PositiveInfinity), id: "H1"));
    }

    [Fact]
    public void One_thing_that_falls_short_makes_the_goal_fall_short()
    {
        var result = new GoalResult([new("", Band.Exactly(0.38), 0.45), new("allocates", Band.Exactly(24), 0, "B")], []);

        Assert.False(result.IsMet);
        Assert.Equal("G3 0.38 <= 0.45 short (allocates 24 B <= 0 B short)", result.Line("G3"));
    }

    [Fact]
    public void Every_goal_has_a_name_of_its_own_and_can_be_found_by_it()
    {
        Assert.Equal(Goal.All.Select(static goal => goal.Id).Distinct(), Goal.All.Select(static goal => goal.Id));
        Assert.All(Goal.All, static goal => Assert.Same(goal, Goal.Find(goal.Id.ToLowerInvariant())));
        Assert.Null(Goal.Find("G0"));
    }

    [Theory]
    [InlineData("G1 G2 G3 G4 G5 G6 G7 G8 G10 G11 G16 G17 G18 G19 G22")]
    public void Every_goal_that_was_promised_is_measured(string promised) =>
        Assert.Equal(promised.Split(' '), Goal.All.Where(static goal => goal.IsPromise).Select(static goal => goal.Id).Where(promised.Split(' ').Contains));

    private static string Line(Criterion criterion, string id = "G3") => new GoalResult([criterion], []).Line(id);
}
