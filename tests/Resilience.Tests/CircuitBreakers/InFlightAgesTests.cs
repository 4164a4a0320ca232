using CsCheck;
using Resilience.CircuitBreakers;
using Resilience.Interleaving;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

public sealed class InFlightAgesTests
{
    [Fact]
    public void A_call_under_way_counts_once_it_is_older_than_the_threshold()
    {
        var ages = new InFlightAges(threshold: 1_600);
        ages.Enter<Unwatched>(1_000);

        Assert.Equal(0, ages.Old(2_600));
        Assert.Equal(1, ages.Old(2_800)); // found at most an eighth later

        ages.Leave<Unwatched>(1_000);
        Assert.Equal(0, ages.Old(2_800));
    }

    [Fact]
    public void A_call_that_hangs_through_many_turns_of_the_ring_is_still_counted_once()
    {
        var ages = new InFlightAges(threshold: 160);
        ages.Enter<Unwatched>(0);
        for (var now = 10L; now < 10_000; now += 10)
        {
            ages.Enter<Unwatched>(now);
            ages.Leave<Unwatched>(now);
        }

        Assert.Equal(1, ages.Old(10_000));
        ages.Leave<Unwatched>(0);
        Assert.Equal(0, ages.Old(10_000));
    }

    [Fact]
    public void Agrees_with_a_list_of_the_calls_under_way() =>
        Gen.Select(Gen.Int[16, 400], Gen.Select(Gen.Int[0, 60], Gen.Int[0, 3], Gen.Int[0, 100]).Array[0, 200]).Sample((threshold, steps) =>
        {
            var (ages, underWay, now, width) = (new InFlightAges(threshold), new List<long>(), 0L, (threshold + 15) / 16);
            foreach (var (wait, action, pick) in steps)
            {
                now += wait;
                if (action > 0)
                {
                    ages.Enter<Unwatched>(now);
                    underWay.Add(now);
                }
                else if (underWay.Count > 0)
                {
                    ages.Leave<Unwatched>(underWay[pick % underWay.Count]);
                    underWay.RemoveAt(pick % underWay.Count);
                }

                Assert.Equal(underWay.Count(start => (now / width) - (start / width) >= 17), ages.Old(now));
                Assert.True(ages.Old(now) <= underWay.Count(start => now - start >= threshold));
                Assert.True(ages.Old(now) >= underWay.Count(start => now - start >= 18 * width));
            }
        });

    [Fact]
    public void Nothing_is_left_when_all_threads_have_left()
    {
        var ages = new InFlightAges(threshold: 20);
        var clock = 0L;
        Parallel.For(0, 8, _ =>
        {
            for (var call = 0; call < 20_000; call++)
            {
                var started = Interlocked.Increment(ref clock);
                ages.Enter<Unwatched>(started);
                ages.Leave<Unwatched>(started);
            }
        });

        Assert.Equal(0, ages.Old(clock + 10_000));
    }
}
