using CsCheck;
using Resilience.Benchmarks.Harness;
using Xunit;

namespace Resilience.Benchmarks.Tests;

public sealed class BandTests
{
    [Theory]
    [InlineData(new[] { 5.0 }, 5, 5, 5)]
    [InlineData(new[] { 1.0, 2.0 }, 1.25, 1.5, 1.75)]
    [InlineData(new[] { 3.0, 1.0, 2.0 }, 1.5, 2, 2.5)] // the order doesn't matter
    [InlineData(new[] { 1.0, 2.0, 3.0, 4.0, 5.0 }, 2, 3, 4)]
    [InlineData(new[] { 1.0, 2.0, 3.0, 4.0, 1000.0 }, 2, 3, 4)] // nor does one that went wrong
    [InlineData(new[] { 1.0, 2.0, 3.0, 4.0 }, 1.75, 2.5, 3.25)]
    public void The_band_is_the_median_between_the_quartiles(double[] measurements, double low, double median, double high) =>
        Assert.Equal(new Band(low, median, high), Band.Of(measurements));

    [Fact]
    public void The_band_is_ordered_and_within_what_was_measured() =>
        Gen.Double[0.001, 1000].Array[1, 40].Sample(static measurements =>
        {
            var band = Band.Of(measurements);
            return measurements.Min() <= band.Low && band.Low <= band.Median && band.Median <= band.High && band.High <= measurements.Max();
        });

    [Fact]
    public void Half_lies_on_each_side_of_the_median() =>
        Gen.Double[0.001, 1000].Array[1, 40].Sample(static measurements =>
        {
            var median = Band.Of(measurements).Median;
            return measurements.Count(value => value < median) <= measurements.Length / 2 && measurements.Count(value => value > median) <= measurements.Length / 2;
        });

    [Fact]
    public void Nothing_has_no_middle() => Assert.Throws<ArgumentOutOfRangeException>(static () => Band.Of([]));
}
