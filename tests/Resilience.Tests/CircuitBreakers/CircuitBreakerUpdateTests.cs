using System.ComponentModel.DataAnnotations;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>Options: their limits, and new ones for a breaker at work.</summary>
public sealed class CircuitBreakerUpdateTests
{
    [Fact]
    public void New_options_keep_an_open_breaker_open_until_the_end_that_was_set()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Options.BreakDuration = TimeSpan.FromSeconds(1);

        tester.Breaker.Update(tester.Options);

        Assert.Equal(TimeSpan.FromSeconds(5), tester.Refused().RetryAfter);
    }

    [Theory]
    [InlineData(SamplingWindow.Time, 60)]
    [InlineData(SamplingWindow.Count, 30)]
    public void New_options_keep_what_was_counted_whatever_its_shape(SamplingWindow window, int seconds)
    {
        var tester = new BreakerTester(options => options.MinimumThroughput = 8);
        tester.Call(CallResult.Success, 3);
        tester.Call(CallResult.Failure, 4);
        (tester.Options.Window, tester.Options.SamplingDuration) = (window, TimeSpan.FromSeconds(seconds));

        tester.Breaker.Update(tester.Options);
        Assert.Equal((7, 4), (tester.Breaker.Snapshot().Calls, tester.Breaker.Snapshot().Failures));

        tester.Call(CallResult.Failure);
        Assert.Equal(BreakerState.Open, tester.State);
    }

    [Fact]
    public void A_call_that_was_under_way_counts_under_the_new_options()
    {
        var tester = new BreakerTester(options => options.SlowCallThreshold = TimeSpan.FromSeconds(1));
        var (first, second) = (tester.Enter(), tester.Enter());
        tester.Options.SlowCallThreshold = TimeSpan.FromSeconds(10);
        tester.Breaker.Update(tester.Options);
        tester.Pass(seconds: 2);

        tester.Breaker.Exit(first, CallResult.Success);
        tester.Breaker.Exit(second, CallResult.Failure);

        var snapshot = tester.Breaker.Snapshot();
        Assert.Equal((2, 1, 0), (snapshot.Calls, snapshot.Failures, snapshot.SlowCalls));
    }

    [Fact]
    public void New_options_in_the_middle_of_a_probe_leave_its_lease()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);
        var probe = tester.Enter();
        tester.Options.SlowCallThreshold = TimeSpan.FromSeconds(1);

        tester.Breaker.Update(tester.Options);
        tester.Refused();
        tester.Breaker.Exit(probe, CallResult.Success);

        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void Options_that_are_out_of_range_are_refused_and_the_old_ones_stay()
    {
        var tester = new BreakerTester();
        tester.Options.FailureRatio = 1.5;

        Assert.Throws<ValidationException>(() => tester.Breaker.Update(tester.Options));

        tester.Open();
    }

    public static TheoryData<Action<CircuitBreakerOptions>, string> Mistakes => new()
    {
        { options => options.FailureRatio = 1.5, "FailureRatio is 1.5, but must be from 0.01 to 0.99." },
        { options => options.ProbeCount = 0, "ProbeCount is 0, but must be from 1 to 1000." },
        { options => options.SlowCallThreshold = TimeSpan.Zero, "SlowCallThreshold is 00:00:00, but must be from 00:00:00.0200000 to 01:00:00." },
        { options => options.MaxBreakDuration = TimeSpan.FromSeconds(1), "MaxBreakDuration is 00:00:01, but must be at least BreakDuration, which is 00:00:05." },
        { options => (options.Window, options.MinimumThroughput) = (SamplingWindow.Count, 101), "MinimumThroughput is 101, but must be at most SamplingCount, which is 100." },
        {
            options => (options.Window, options.SamplingCount, options.FailureRatio) = (SamplingWindow.Count, 10, 0.9),
            "SamplingCount is 10, but is too few calls to show a FailureRatio above 0.9 with a Confidence of 0.95: raise it, or lower one of those."
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_value_and_its_range(Action<CircuitBreakerOptions> mistake, string sentence)
    {
        var options = new CircuitBreakerOptions { Name = "inventory" };
        mistake(options);

        var refusal = Assert.Throws<ValidationException>(() => new CircuitBreaker("inventory", options));

        Assert.Equal($"The circuit breaker inventory can't be built: {sentence}", refusal.Message);
    }
}
