using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

public sealed class RecoveryRampTests
{
    [Theory]
    [InlineData(0, 0.10, 3_000)]
    [InlineData(2_999, 0.10, 3_000)]
    [InlineData(3_000, 0.25, 6_000)]
    [InlineData(6_000, 0.50, 9_000)]
    [InlineData(9_000, 1.00, 12_000)]
    public void Grows_in_steps(long after, double share, long nextStep)
    {
        var ramp = new RecoveryRamp(start: 500, milliseconds: 9_000);

        Assert.Equal(share, ramp.ShareAt(500 + after));
        Assert.Equal(500 + nextStep, ramp.NextStep(500 + after));
        Assert.Equal(9_500, ramp.End);
    }

    [Theory]
    [InlineData(0, 0.10)]
    [InlineData(3_000, 0.25)]
    [InlineData(6_000, 0.50)]
    public void Keeps_the_share_however_few_the_calls_are(long now, double share)
    {
        var ramp = new RecoveryRamp(start: 0, milliseconds: 9_000);
        var passed = 0;
        for (var call = 1; call <= 1_000; call++)
        {
            passed += ramp.Admits(now) ? 1 : 0;
            Assert.InRange(passed, (call * share) - 3, (call * share) + 3);
        }
    }

    [Fact]
    public void A_regular_pattern_in_the_calls_does_not_fall_in_step_with_it()
    {
        for (var period = 2; period <= 12; period++)
        {
            var ramp = new RecoveryRamp(start: 0, milliseconds: 9_000);
            var passed = Enumerable.Range(0, 12_000).Where(_ => ramp.Admits(0)).Select(call => call % period).ToLookup(phase => phase);
            Assert.All(Enumerable.Range(0, period), phase => Assert.InRange(passed[phase].Count(), 1_200 / period * 0.9, 1_200 / period * 1.1));
        }
    }
}
