using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>How it closes again, by itself and by hand.</summary>
public sealed class CircuitBreakerRecoveryTests
{
    [Fact]
    public void Only_so_many_probes_pass_and_the_refused_learn_when_to_come_back()
    {
        var tester = new BreakerTester(options => (options.ProbeCount, options.RequiredProbeSuccesses) = (3, 2));
        tester.Open();
        tester.Pass(seconds: 5);

        var probes = Enumerable.Range(0, 3).Select(_ => tester.Enter()).ToList();
        Assert.All(probes, probe => Assert.True(probe.IsProbe));
        var refusal = tester.Refused();
        Assert.Equal(BreakerState.HalfOpen, refusal.State);
        Assert.Equal(TimeSpan.FromSeconds(10), refusal.RetryAfter); // when the first lease ends

        tester.Breaker.Exit(probes[0], CallResult.Success);
        Assert.Equal(BreakerState.HalfOpen, tester.State);
        tester.Breaker.Exit(probes[1], CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void A_single_failed_probe_opens_it_again()
    {
        var tester = new BreakerTester(options => (options.ProbeCount, options.RequiredProbeSuccesses) = (3, 2));
        tester.Open();
        tester.Pass(seconds: 5);
        var (first, second) = (tester.Enter(), tester.Enter());

        tester.Breaker.Exit(first, CallResult.Success);
        tester.Breaker.Exit(second, CallResult.Failure);

        Assert.Equal(BreakerState.Open, tester.State);
        Assert.Equal(TimeSpan.FromSeconds(10), tester.Refused().RetryAfter);
    }

    [Fact]
    public void A_slow_probe_opens_it_again()
    {
        var tester = new BreakerTester(options => options.SlowCallThreshold = TimeSpan.FromSeconds(1));
        tester.Open();
        tester.Pass(seconds: 5);
        var probe = tester.Enter();
        tester.Pass(seconds: 1);

        tester.Breaker.Exit(probe, CallResult.Success);

        Assert.Equal(BreakerState.Open, tester.State);
    }

    [Fact]
    public void A_hung_probe_gives_its_lease_to_another_after_the_probe_timeout_and_its_late_return_is_ignored()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);
        var hung = tester.Enter();
        tester.Pass(seconds: 9.999);
        Assert.Equal(TimeSpan.FromMilliseconds(1), tester.Refused().RetryAfter);
        tester.Pass(seconds: 0.001);

        var other = tester.Enter();
        tester.Breaker.Exit(hung, CallResult.Failure);
        Assert.Equal(BreakerState.HalfOpen, tester.State);
        tester.Breaker.Exit(other, CallResult.Success);

        Assert.Equal(BreakerState.Closed, tester.State);
        Assert.Equal(1, tester.Breaker.Snapshot().Late);
    }

    [Fact]
    public void A_cancelled_or_rejected_probe_gives_its_slot_back()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);

        for (var probe = 0; probe < 100; probe++)
        {
            Assert.True(tester.Call(CallResult.Neutral));
            Assert.Equal(BreakerState.HalfOpen, tester.State);
        }

        tester.Call(CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void A_throttled_probe_opens_it_for_as_long_as_was_asked()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);

        tester.Call(CallResult.Throttled, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), tester.Refused().RetryAfter);

        tester.Pass(seconds: 2);
        tester.Call(CallResult.Throttled); // without a time: as long as the break before, without growth
        Assert.Equal(TimeSpan.FromSeconds(5), tester.Refused().RetryAfter);
    }

    [Theory]
    [InlineData(CallResult.Success)]
    [InlineData(CallResult.Failure)]
    public void The_result_of_a_call_from_before_the_break_changes_nothing_half_open(CallResult result)
    {
        var tester = new BreakerTester();
        var stale = tester.Enter();
        tester.Open();
        tester.Pass(seconds: 5);
        var probe = tester.Enter();

        tester.Breaker.Exit(stale, result);
        Assert.Equal(BreakerState.HalfOpen, tester.State);

        tester.Breaker.Exit(probe, CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void Recovery_ramps_from_a_tenth_over_a_quarter_and_a_half_to_all()
    {
        var tester = new BreakerTester(options => options.RampDuration = TimeSpan.FromSeconds(9));
        tester.Open();
        tester.Pass(seconds: 5);
        tester.Call(CallResult.Success);
        Assert.Equal(BreakerState.Ramping, tester.State);

        Assert.InRange(tester.Call(CallResult.Success, 1000), 98, 102);
        Assert.Equal(0.1, tester.Breaker.Snapshot().AdmittedShare);
        tester.Pass(seconds: 3);
        Assert.InRange(tester.Call(CallResult.Success, 1000), 248, 252);
        tester.Pass(seconds: 3);
        Assert.InRange(tester.Call(CallResult.Success, 1000), 498, 502);
        Assert.Equal(BreakerState.Ramping, tester.State);
        tester.Pass(seconds: 3);
        Assert.Equal(1000, tester.Call(CallResult.Success, 1000));
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void A_relapse_on_the_ramp_opens_it_again_for_longer()
    {
        var tester = new BreakerTester(options => options.RampDuration = TimeSpan.FromSeconds(9));
        tester.Open();
        tester.Pass(seconds: 5);
        tester.Call(CallResult.Success);

        tester.Call(CallResult.Failure, 1000);

        Assert.Equal(BreakerState.Open, tester.State);
        Assert.Equal(TimeSpan.FromSeconds(10), tester.Refused().RetryAfter);
    }

    [Fact]
    public void Isolated_by_hand_it_refuses_until_it_is_closed_by_hand()
    {
        var tester = new BreakerTester();
        tester.Breaker.Isolate();
        tester.Breaker.Isolate();
        tester.Pass(seconds: 1_000_000);

        var refusal = tester.Refused();
        Assert.Equal(BreakerState.Isolated, refusal.State);
        Assert.Null(refusal.RetryAfter);

        tester.Breaker.Close();
        Assert.True(tester.Call(CallResult.Success));
        Assert.Equal(2, tester.Breaker.Snapshot().Epoch);
    }

    [Fact]
    public void Closed_by_hand_it_forgets_its_failures_and_its_breaks()
    {
        var tester = new BreakerTester();
        tester.Open();

        tester.Breaker.Close();

        Assert.Equal(0, tester.Breaker.Snapshot().Calls);
        tester.Open();
        Assert.Equal(TimeSpan.FromSeconds(5), tester.Refused().RetryAfter);
    }

    [Fact]
    public void A_break_ended_by_hand_lets_probes_through_and_they_decide()
    {
        var tester = new BreakerTester();
        tester.Breaker.EndBreak(); // there is none
        Assert.Equal((BreakerState.Closed, 0L), (tester.State, tester.Breaker.Snapshot().Epoch));
        tester.Open();

        tester.Breaker.EndBreak();
        var probe = tester.Enter();
        Assert.Equal(BreakerState.HalfOpen, tester.Refused().State);
        tester.Breaker.Exit(probe, CallResult.Failure);
        Assert.Equal(TimeSpan.FromSeconds(10), tester.Refused().RetryAfter); // twice as long: it was no use

        tester.Breaker.EndBreak();
        tester.Call(CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);

        tester.Breaker.Isolate();
        tester.Breaker.EndBreak();
        Assert.Equal(BreakerState.Isolated, tester.State);
    }

    [Fact]
    public void In_metrics_only_mode_every_call_passes_while_the_states_change()
    {
        var tester = new BreakerTester(options => options.Mode = BreakerMode.MetricsOnly);
        tester.Open();

        Assert.Equal(10, tester.Call(CallResult.Failure, 10));
        Assert.Equal(10, tester.Breaker.Snapshot().Refused);
        Assert.Equal(BreakerState.Open, tester.State);

        tester.Pass(seconds: 5);
        Assert.Equal(10, tester.Call(CallResult.Success, 10));
        Assert.Equal(BreakerState.Closed, tester.State);

        tester.Breaker.Isolate();
        Assert.Equal(BreakerState.Isolated, tester.Refused().State); // somebody asked for it
    }
}
