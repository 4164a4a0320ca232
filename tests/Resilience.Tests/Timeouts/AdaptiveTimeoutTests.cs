using CsCheck;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

public sealed class AdaptiveTimeoutTests
{
    private static readonly TimeSpan _set = TimeSpan.FromSeconds(30);

    [Fact]
    public void Until_enough_calls_were_timed_the_set_time_holds()
    {
        var adaptive = new AdaptiveTimeout(new() { MinimumSamples = 100 }, _set);

        Record(adaptive, 99, 20);
        Assert.Equal((_set, false), (adaptive.Current, adaptive.HasLearnt));

        Record(adaptive, 1, 20);
        Assert.True(adaptive.HasLearnt);
        Assert.InRange(adaptive.Current.TotalMilliseconds, 50, 50); // twice 20 ms is below the minimum
    }

    [Fact]
    public void It_is_the_quantile_times_the_factor()
    {
        var adaptive = new AdaptiveTimeout(new() { Quantile = 0.99, Factor = 2 }, _set);

        Record(adaptive, 980, 100);
        Record(adaptive, 44, 800);

        Assert.InRange(adaptive.Current.TotalMilliseconds, 1600, 1800); // the histogram is at most an eighth too high
    }

    [Fact]
    public void One_that_is_too_short_grows_again()
    {
        var adaptive = new AdaptiveTimeout(new() { Maximum = TimeSpan.FromSeconds(5) }, _set);
        Record(adaptive, 200, 40);
        Assert.InRange(adaptive.Current.TotalMilliseconds, 80, 92);

        for (var call = 0; call < 2_000; call++)
        {
            adaptive.Record(adaptive.Current); // every call is timed out, and counts as its whole time
        }

        Assert.Equal(TimeSpan.FromSeconds(5), adaptive.Current);
    }

    [Fact]
    public void It_never_leaves_its_bounds() =>
        Gen.Int[0, 100_000_000].Array[100, 400].Sample(durations =>
        {
            var options = new AdaptiveTimeoutOptions { Minimum = TimeSpan.FromMilliseconds(20), Maximum = TimeSpan.FromSeconds(2) };
            var adaptive = new AdaptiveTimeout(options, _set);
            foreach (var microseconds in durations)
            {
                adaptive.Record(TimeSpan.FromMicroseconds(microseconds));
            }

            Assert.InRange(adaptive.Current, options.Minimum, options.Maximum);
        });

    private static void Record(AdaptiveTimeout adaptive, int calls, int milliseconds)
    {
        for (var call = 0; call < calls; call++)
        {
            adaptive.Record(TimeSpan.FromMilliseconds(milliseconds));
        }
    }
}
