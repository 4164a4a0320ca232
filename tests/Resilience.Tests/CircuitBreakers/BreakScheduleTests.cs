using CsCheck;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

public sealed class BreakScheduleTests
{
    [Theory]
    [InlineData(0, 5_000)]
    [InlineData(1, 10_000)]
    [InlineData(4, 80_000)]
    [InlineData(5, 120_000)]
    [InlineData(61, 120_000)]
    [InlineData(62, 120_000)]
    [InlineData(int.MaxValue, 120_000)]
    public void Doubles_up_to_the_cap_at_any_number_of_relapses(int relapses, long expected) =>
        Assert.Equal(expected, BreakSchedule.Duration(5_000, 120_000, relapses, jitter: 0, draw: 0.5));

    [Fact]
    public void Jitter_spreads_the_longest_breaks_too_and_none_exceeds_the_cap()
    {
        var random = new Random(Seed: 20180101);

        var breaks = Enumerable.Range(0, 1_000).Select(_ => BreakSchedule.Duration(5_000, 120_000, 40, 0.2, random.NextDouble())).ToList();

        Assert.InRange(breaks.Max(), 119_000, 120_000);
        Assert.InRange(breaks.Min(), 96_000, 97_000);
        Assert.True(breaks.Distinct().Count() > 900);
    }

    [Fact]
    public void Is_never_zero_never_above_the_cap_and_never_shorter_for_more_relapses() =>
        Gen.Select(Gen.Long[10, 86_400_000], Gen.Long[10, 86_400_000], Gen.Int[0, 100], Gen.Double[0, 0.9], Gen.Double[0, 1])
            .Where((first, cap, _, _, _) => first <= cap)
            .Sample((first, cap, relapses, jitter, draw) =>
            {
                var length = BreakSchedule.Duration(first, cap, relapses, jitter, draw);
                return length >= 1 && length <= cap && length <= BreakSchedule.Duration(first, cap, relapses + 1, jitter, draw);
            });

    [Theory]
    [InlineData(2_000, 0, 2_000)]
    [InlineData(2_000, 0.5, 2_200)] // on top: nobody comes back before the time that was asked for
    [InlineData(3_600_000, 0, 30_000)] // a hostile hint is cut
    public void A_pause_that_was_asked_for_is_cut_and_then_jittered_upwards(long asked, double draw, long expected) =>
        Assert.Equal(expected, BreakSchedule.Throttled(asked, 30_000, 0.2, draw));
}
