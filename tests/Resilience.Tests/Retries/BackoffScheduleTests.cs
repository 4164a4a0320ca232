using CsCheck;
using Resilience.Retries;
using Xunit;

namespace Resilience.Tests.Retries;

public sealed class BackoffScheduleTests
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _cap = TimeSpan.FromSeconds(5);

    public static TheoryData<BackoffKind, double[]> Growths => new()
    {
        { BackoffKind.Fixed, [100, 100, 100, 100, 100, 100] },
        { BackoffKind.Linear, [100, 200, 300, 400, 500, 600] },
        { BackoffKind.Exponential, [100, 200, 400, 800, 1600, 3200] },
        { BackoffKind.Fibonacci, [100, 100, 200, 300, 500, 800] },
    };

    [Theory]
    [MemberData(nameof(Growths))]
    public void Waits_grow_as_their_kind_says(BackoffKind kind, double[] milliseconds) =>
        Assert.Equal(milliseconds, Enumerable.Range(1, 6).Select(retry => new BackoffSchedule(kind, _first, _cap, JitterKind.None).Growth(retry).TotalMilliseconds));

    [Theory]
    [InlineData(BackoffKind.Fixed)]
    [InlineData(BackoffKind.Linear)]
    [InlineData(BackoffKind.Exponential)]
    [InlineData(BackoffKind.Fibonacci)]
    [InlineData(BackoffKind.Decorrelated)]
    public void Without_a_first_wait_retries_follow_at_once(BackoffKind kind)
    {
        var walk = TimeSpan.Zero;
        var schedule = new BackoffSchedule(kind, TimeSpan.Zero, _cap, JitterKind.Full);

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (schedule.Growth(3), schedule.Next(3, ref walk, static () => 0.9)));
    }

    [Fact]
    public void Exponential_overflow_and_Fibonacci_overflow_saturate_at_the_cap_at_any_attempt_number() =>
        Gen.Select(Gen.Enum<BackoffKind>(), Gen.Enum<JitterKind>(), Gen.Int[1, int.MaxValue], Gen.Long[0, TimeSpan.TicksPerDay], Gen.Long[0, TimeSpan.TicksPerDay], Gen.Double[0, 0.999])
            .Sample((kind, jitter, retry, first, cap, draw) =>
            {
                var walk = TimeSpan.Zero;
                var schedule = new BackoffSchedule(kind, TimeSpan.FromTicks(first), TimeSpan.FromTicks(cap), jitter);
                foreach (var number in (int[])[retry, int.MaxValue, 91, 92, 93, 62, 63, 64])
                {
                    var wait = schedule.Next(number, ref walk, () => draw);
                    Assert.InRange(wait.Ticks, 0, cap);
                    Assert.InRange(schedule.Growth(number).Ticks, 0, cap);
                }
            });

    [Fact]
    public void Growth_never_shrinks() =>
        Gen.Select(Gen.Enum<BackoffKind>(), Gen.Int[1, int.MaxValue - 1], Gen.Long[0, TimeSpan.TicksPerHour]).Sample((kind, retry, first) =>
        {
            var schedule = new BackoffSchedule(kind, TimeSpan.FromTicks(first), TimeSpan.FromHours(2), JitterKind.None);
            Assert.True(schedule.Growth(retry) <= schedule.Growth(retry + 1));
        });

    // Retry 20 is far beyond the cap for all but Fixed: what is looked at is whether chance still spreads a wait that was cut.
    [Theory]
    [InlineData(BackoffKind.Exponential, JitterKind.Full, 0, 1)]
    [InlineData(BackoffKind.Exponential, JitterKind.Equal, 0.5, 1)]
    [InlineData(BackoffKind.Fibonacci, JitterKind.Full, 0, 1)]
    [InlineData(BackoffKind.Fibonacci, JitterKind.Equal, 0.5, 1)]
    [InlineData(BackoffKind.Fixed, JitterKind.Full, 0, 1)]
    public void Jitter_after_the_cap_spreads_capped_waits_evenly_over_their_whole_range(BackoffKind kind, JitterKind jitter, double low, double high)
    {
        var cap = kind == BackoffKind.Fixed ? _first : _cap;
        var seeded = new Random(20_150_304);
        var schedule = new BackoffSchedule(kind, _first, cap, jitter);

        var shares = Enumerable.Range(0, 100_000).Select(_ => Wait(schedule, 20, seeded.NextDouble) / cap).Order().ToArray();

        Assert.InRange(shares[0], low, low + 0.001);
        Assert.InRange(shares[^1], high - 0.001, high);
        Assert.Equal((low + high) / 2, shares.Average(), precision: 2);
        Assert.Equal((low + high) / 2, shares[50_000], precision: 2);
        Assert.Equal(low + ((high - low) / 4), shares[25_000], precision: 2); // even, not only centred
        Assert.True(shares.Count(share => share >= 1) < 10); // Polly's late retries: nine of ten are exactly the cap
    }

    [Fact]
    public void Decorrelated_walks_between_the_first_wait_and_three_times_the_last_and_grows_in_expectation_to_the_middle_of_its_range()
    {
        var seeded = new Random(42);
        var schedule = new BackoffSchedule(BackoffKind.Decorrelated, _first, _cap, JitterKind.None);
        var means = new double[12];
        for (var run = 0; run < 20_000; run++)
        {
            var walk = TimeSpan.Zero;
            for (var retry = 1; retry <= means.Length; retry++)
            {
                var last = walk == TimeSpan.Zero ? _first : walk;
                var wait = schedule.Next(retry, ref walk, seeded.NextDouble);
                Assert.InRange(wait, _first, last * 3 < _cap ? last * 3 : _cap);
                means[retry - 1] += wait.TotalMilliseconds / 20_000;
            }
        }

        Assert.Equal(200, means[0], tolerance: 5); // evenly between 100 and 300
        Assert.Equal(350, means[1], tolerance: 10); // (100 + 3 × 200) / 2
        for (var retry = 1; retry < means.Length; retry++)
        {
            Assert.True(means[retry] > means[retry - 1] * 0.99);
        }

        Assert.True(means[^1] < _cap.TotalMilliseconds * 0.6); // and doesn't stick to the cap
    }

    [Fact]
    public void Randomness_is_per_call_and_comes_back_with_the_seed()
    {
        double[] Draws(int seed)
        {
            var seeded = new Random(seed);
            return [.. Enumerable.Range(1, 8).Select(retry => Wait(new(BackoffKind.Exponential, _first, _cap, JitterKind.Full), retry, seeded.NextDouble).TotalMilliseconds)];
        }

        Assert.Equal(Draws(1), Draws(1));
        Assert.NotEqual(Draws(1), Draws(2));
    }

    private static TimeSpan Wait(BackoffSchedule schedule, int retry, Func<double> draw)
    {
        var walk = TimeSpan.Zero;
        return schedule.Next(retry, ref walk, draw);
    }
}
