using CsCheck;
using Resilience.Measurement;
using Xunit;

namespace Resilience.Tests.Measurement;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_bucket_holds_its_value_and_overstates_it_by_an_eighth_at_most() => Gen.Long[0, 1L << 41].Sample(static microseconds =>
    {
        var bound = LatencyHistogram.UpperBound(LatencyHistogram.BucketOf(microseconds));
        return bound >= microseconds && bound <= microseconds + (microseconds / 8);
    });

    [Fact]
    public void Quantiles_are_read_from_what_was_recorded()
    {
        var histogram = new LatencyHistogram();
        for (var milliseconds = 1; milliseconds <= 100; milliseconds++)
        {
            histogram.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        Assert.InRange(histogram.Quantile(0.5)!.Value.TotalMilliseconds, 50, 50 * 1.125);
        Assert.InRange(histogram.Quantile(0.99)!.Value.TotalMilliseconds, 99, 99 * 1.125);
        Assert.Equal(100, histogram.Count);
    }

    [Fact]
    public void Every_bucket_ends_where_the_next_begins()
    {
        for (var bucket = 0; bucket < LatencyHistogram.BucketOf(long.MaxValue); bucket++)
        {
            var last = LatencyHistogram.UpperBound(bucket);
            Assert.Equal((bucket, bucket + 1), (LatencyHistogram.BucketOf(last), LatencyHistogram.BucketOf(last + 1)));
        }
    }

    [Theory]
    [InlineData(0.5, 3)]
    [InlineData(0.51, 7)]
    [InlineData(0, 3)]
    [InlineData(1, 7)]
    public void A_quantile_is_the_least_value_that_so_large_a_share_does_not_exceed(double share, long microseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(3));
        histogram.Record(TimeSpan.FromMicroseconds(7));

        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), histogram.Quantile(share));
    }

    [Fact]
    public void What_is_longer_than_all_buckets_is_in_the_last()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.MaxValue);

        Assert.True(histogram.Quantile(1) > TimeSpan.FromDays(50));
    }

    [Fact]
    public void Nothing_recorded_has_no_quantile() => Assert.Null(new LatencyHistogram().Quantile(0.5));

    [Fact]
    public void The_old_fades_so_that_the_new_decides()
    {
        var histogram = new LatencyHistogram(halfLife: 100);
        Record(histogram, TimeSpan.FromMilliseconds(1), times: 1000);

        Record(histogram, TimeSpan.FromMilliseconds(500), times: 300);

        Assert.InRange(histogram.Quantile(0.5)!.Value.TotalMilliseconds, 500, 500 * 1.125);
    }

    private static void Record(LatencyHistogram histogram, TimeSpan elapsed, int times)
    {
        for (var time = 0; time < times; time++)
        {
            histogram.Record(elapsed);
        }
    }
}
