using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>When it opens, and for how long.</summary>
public sealed class CircuitBreakerTests
{
    [Theory]
    [InlineData(2, 1, BreakerState.Closed)] // 2 of 3 is more than half, but three calls prove nothing
    [InlineData(60, 40, BreakerState.Open)]
    [InlineData(50, 50, BreakerState.Closed)]
    public void Two_of_three_do_not_open_it_and_sixty_of_a_hundred_do(int failures, int successes, BreakerState expected)
    {
        var tester = new BreakerTester(options => (options.MinimumThroughput, options.Confidence) = (1, 0.95));

        tester.Call(CallResult.Success, successes);
        tester.Call(CallResult.Failure, failures);

        Assert.Equal(expected, tester.State);
    }

    [Fact]
    public void Failures_in_a_row_open_it_whatever_the_ratio()
    {
        var tester = new BreakerTester(options => (options.ConsecutiveFailures, options.MinimumThroughput) = (3, 1000));

        tester.Call(CallResult.Failure, 2);
        tester.Call(CallResult.Success);
        tester.Call(CallResult.Failure, 2);
        Assert.Equal(BreakerState.Closed, tester.State);

        tester.Call(CallResult.Failure);
        Assert.Equal(BreakerState.Open, tester.State);
        Assert.Equal(TransitionReason.ConsecutiveFailures, tester.Breaker.Snapshot().Reason);
    }

    [Fact]
    public void A_quiet_client_is_not_judged_by_its_ratio()
    {
        var tester = new BreakerTester(options => options.MinimumThroughput = 10);

        tester.Call(CallResult.Failure, 9);
        Assert.Equal(BreakerState.Closed, tester.State);

        tester.Call(CallResult.Failure);
        Assert.Equal(BreakerState.Open, tester.State);
    }

    [Fact]
    public void Failures_that_have_left_the_time_window_do_not_count()
    {
        var tester = new BreakerTester(options => options.MinimumThroughput = 4);

        tester.Call(CallResult.Failure, 3);
        tester.Pass(seconds: 30);
        tester.Call(CallResult.Failure, 3);

        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void A_count_window_forgets_by_calls_and_not_by_time()
    {
        var tester = new BreakerTester(options =>
            (options.Window, options.SamplingCount, options.MinimumThroughput) = (SamplingWindow.Count, 10, 4));

        tester.Call(CallResult.Failure, 3);
        tester.Pass(seconds: 3600);
        tester.Call(CallResult.Success, 2);
        Assert.Equal(BreakerState.Closed, tester.State);

        tester.Call(CallResult.Failure);
        Assert.Equal(BreakerState.Open, tester.State); // 4 of 6
    }

    [Fact]
    public void Slow_calls_open_it_although_they_succeed()
    {
        var tester = new BreakerTester(options => options.SlowCallThreshold = TimeSpan.FromSeconds(1));
        tester.Call(CallResult.Success);

        for (var call = 0; call < 2; call++)
        {
            var slow = tester.Enter();
            tester.Pass(seconds: 1);
            tester.Breaker.Exit(slow, CallResult.Success);
        }

        Assert.Equal(BreakerState.Open, tester.State);
        Assert.Equal(TransitionReason.SlowCalls, tester.Breaker.Snapshot().Reason);
    }

    [Fact]
    public void Calls_that_hang_open_it_although_none_has_returned()
    {
        var tester = new BreakerTester(options => options.SlowCallThreshold = TimeSpan.FromSeconds(1));
        tester.Enter();
        tester.Enter();
        Assert.Equal(0, tester.Breaker.Snapshot().SlowCalls);

        tester.Pass(seconds: 1.25);

        Assert.Equal(2, tester.Breaker.Snapshot().SlowCalls);
        Assert.Equal(BreakerState.Open, tester.Refused().State); // whoever comes next looks at those who hang, and isn't let in
    }

    [Fact]
    public void Calls_that_hang_are_left_alone_if_so_configured()
    {
        var tester = new BreakerTester(options =>
            (options.SlowCallThreshold, options.CountInFlightSlowCalls) = (TimeSpan.FromSeconds(1), false));
        tester.Enter();
        tester.Enter();

        tester.Pass(seconds: 60);

        tester.Enter();
    }

    [Fact]
    public void A_neutral_call_never_moves_a_ratio()
    {
        var tester = new BreakerTester();

        tester.Call(CallResult.Neutral, 1000);
        Assert.Equal(0, tester.Breaker.Snapshot().Calls);

        tester.Open();
    }

    [Fact]
    public void A_throttled_call_opens_it_for_as_long_as_was_asked_and_does_not_poison_the_ratio()
    {
        var tester = new BreakerTester(options => (options.BreakJitter, options.Draw) = (0.2, () => 0.5));

        tester.Call(CallResult.Throttled, TimeSpan.FromSeconds(10));

        Assert.Equal(TimeSpan.FromSeconds(11), tester.Refused().RetryAfter); // later than asked, never earlier
        Assert.Equal(0, tester.Breaker.Snapshot().ConsecutiveBreaks);
        tester.Pass(seconds: 11);
        tester.Call(CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void A_throttled_call_cannot_close_the_door_for_longer_than_the_cap()
    {
        var tester = new BreakerTester();

        tester.Call(CallResult.Throttled, TimeSpan.FromDays(365));

        Assert.Equal(TimeSpan.FromSeconds(30), tester.Refused().RetryAfter);
    }

    [Fact]
    public void A_throttled_call_without_a_time_says_nothing()
    {
        var tester = new BreakerTester();

        tester.Call(CallResult.Throttled, 1000);
        tester.Call(CallResult.Throttled, TimeSpan.FromSeconds(-1));

        Assert.Equal(BreakerState.Closed, tester.State);
        Assert.Equal(0, tester.Breaker.Snapshot().Calls);
    }

    [Fact]
    public void Each_relapse_doubles_the_break_until_the_cap()
    {
        var tester = new BreakerTester(options => options.MaxBreakDuration = TimeSpan.FromSeconds(30));
        tester.Open();

        foreach (var seconds in (int[])[5, 10, 20, 30, 30])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), tester.Refused().RetryAfter);
            tester.Pass(seconds);
            tester.Call(CallResult.Failure); // the probe
        }
    }

    [Theory]
    [InlineData(59, 10)]
    [InlineData(60, 5)]
    public void Break_growth_resets_only_after_sustained_health(int healthySeconds, int expectedBreak)
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);
        tester.Call(CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);

        tester.Pass(healthySeconds);
        tester.Open();

        Assert.Equal(TimeSpan.FromSeconds(expectedBreak), tester.Refused().RetryAfter);
    }

    [Fact]
    public void A_failure_that_is_late_neither_extends_the_break_nor_tells_of_it_again()
    {
        var tester = new BreakerTester();
        var late = tester.Enter();
        tester.Open();
        tester.Pass(seconds: 3);

        tester.Breaker.Exit(late, CallResult.Failure);

        Assert.Equal(TimeSpan.FromSeconds(2), tester.Refused().RetryAfter);
        Assert.Equal(1, tester.Breaker.Snapshot().Epoch);
        Assert.Equal(1, tester.Breaker.Snapshot().Late);
    }
}
