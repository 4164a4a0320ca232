using CsCheck;
using Resilience.Memory;
using Xunit;

namespace Resilience.Tests.Memory;

public sealed class LeakTrendTests
{
    // Tables of Student's t, two-sided.
    [Theory]
    [InlineData(12.706, 1, 0.95)]
    [InlineData(4.303, 2, 0.95)]
    [InlineData(2.571, 5, 0.95)]
    [InlineData(3.355, 8, 0.99)]
    [InlineData(2.042, 30, 0.95)]
    [InlineData(2.660, 60, 0.99)]
    public void Confidence_is_what_the_tables_say(double t, int freedom, double confidence) => Assert.Equal(confidence, LeakTrend.Confidence(t, freedom), 0.0005);

    [Fact]
    public void Few_samples_say_nothing()
    {
        var trend = new LeakTrend();
        for (var second = 0; second < LeakTrend.Fewest - 1; second++)
        {
            trend.Add(second, 100 * second);
        }

        Assert.Equal((0, 0), trend.Read());
        trend.Add(LeakTrend.Fewest, 100 * LeakTrend.Fewest);
        Assert.Equal(1, trend.Read().Confidence, 6);
    }

    [Fact]
    public void Samples_of_one_moment_say_nothing()
    {
        var trend = new LeakTrend();
        for (var sample = 0; sample < 20; sample++)
        {
            trend.Add(5, sample);
        }

        Assert.Equal((0, 0), trend.Read());
    }

    [Fact]
    public void Growth_under_noise_is_found_with_its_slope() =>
        Gen.Int[0, int.MaxValue].Sample(static seed => Math.Abs(Fed(seed, slope: 1_000).BytesPerSecond - 1_000) < 250 && Fed(seed, slope: 1_000).Confidence > 0.99, iter: 200);

    [Fact]
    public void Noise_alone_is_hardly_ever_taken_for_growth()
    {
        var alarms = Enumerable.Range(0, 500).Count(static seed => Fed(seed, slope: 0).Confidence >= 0.99);

        Assert.InRange(alarms, 0, 10); // a half of one in a hundred is expected
    }

    [Fact]
    public void What_shrinks_is_no_leak() => Assert.Equal(0, Fed(1, slope: -1_000).Confidence);

    [Fact]
    public void Old_samples_are_forgotten()
    {
        var trend = new LeakTrend();
        for (var second = 0; second < 200; second++)
        {
            trend.Add(second, second < 100 ? 100 * second : 10_000);
        }

        Assert.Equal((0, 0), trend.Read());
    }

    private static (double BytesPerSecond, double Confidence) Fed(int seed, int slope)
    {
        var random = new Random(seed);
        var trend = new LeakTrend();
        for (var second = 0; second < 40; second++)
        {
            trend.Add(second, 100_000 + (slope * second) + random.Next(-5_000, 5_000));
        }

        return trend.Read();
    }
}
