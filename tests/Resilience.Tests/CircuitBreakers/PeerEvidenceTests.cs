using CsCheck;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>What a breaker makes of what other processes say.</summary>
public sealed class PeerEvidenceTests
{
    [Fact]
    public void A_suspicion_alone_never_opens()
    {
        var tester = new BreakerTester();

        Heed(tester, PeerVerdict.Suspicious);

        Assert.Equal(BreakerState.Closed, tester.State);
        Assert.Equal(5, tester.Call(CallResult.Success, times: 5));
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void A_suspicion_halves_the_calls_that_are_enough_to_judge_and_the_failures_in_a_row()
    {
        var (ratio, row) = (new BreakerTester(static options => options.MinimumThroughput = 10), Rows());
        Heed(ratio, PeerVerdict.Suspicious);
        Heed(row, PeerVerdict.Suspicious);

        Assert.Equal(4, ratio.Call(CallResult.Failure, times: 4));
        Assert.Equal(BreakerState.Closed, ratio.State);
        ratio.Call(CallResult.Failure);
        Assert.Equal((BreakerState.Open, TransitionReason.FailureRatio), (ratio.State, ratio.Breaker.Snapshot().Reason));

        row.Call(CallResult.Failure, times: 3);
        Assert.Equal(BreakerState.Closed, row.State);
        row.Call(CallResult.Failure);
        Assert.Equal((BreakerState.Open, TransitionReason.ConsecutiveFailures), (row.State, row.Breaker.Snapshot().Reason));
    }

    [Fact]
    public void One_failure_is_never_enough_on_a_suspicion_unless_it_always_is()
    {
        var (two, one) = (Rows(2), Rows(1));
        Heed(two, PeerVerdict.Suspicious);
        Heed(one, PeerVerdict.Suspicious);

        two.Call(CallResult.Failure);
        one.Call(CallResult.Failure);

        Assert.Equal((BreakerState.Closed, BreakerState.Open), (two.State, one.State));
    }

    [Fact]
    public void What_peers_said_is_forgotten_when_its_time_is_over()
    {
        var tester = Rows();
        Heed(tester, PeerVerdict.Suspicious, seconds: 1);
        Assert.NotNull(tester.Breaker.Snapshot().Peers);
        tester.Pass(seconds: 1);

        tester.Call(CallResult.Failure, times: 7);

        Assert.Null(tester.Breaker.Snapshot().Peers);
        Assert.Equal(BreakerState.Closed, tester.State);
        tester.Call(CallResult.Failure);
        Assert.Equal(BreakerState.Open, tester.State);
    }

    [Fact]
    public async Task A_confirmed_one_opens_for_its_own_reason_and_no_longer_than_it_holds()
    {
        var tester = new BreakerTester();

        Heed(tester, PeerVerdict.Confirmed, seconds: 1);

        Assert.Equal(TimeSpan.FromSeconds(1), tester.Refused().RetryAfter);
        Assert.Equal(
            new CircuitTransition("inventory", 1, BreakerState.Closed, BreakerState.Open, TransitionReason.Peers, TimeSpan.FromSeconds(1)), await tester.NextTransition());
        tester.Pass(seconds: 1);
        tester.Call(CallResult.Success);
        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Fact]
    public void Renewed_evidence_keeps_it_open_but_never_longer_than_a_first_break()
    {
        var tester = new BreakerTester(); // 5 s
        for (var tenth = 0; tenth < 49; tenth++)
        {
            Heed(tester, PeerVerdict.Confirmed, seconds: 1);
            Assert.False(tester.Call(CallResult.Success));
            tester.Pass(seconds: 0.1);
        }

        Heed(tester, PeerVerdict.Confirmed, seconds: 1);
        Assert.Equal(TimeSpan.FromMilliseconds(100), tester.Refused().RetryAfter);
        tester.Pass(seconds: 0.1);
        Heed(tester, PeerVerdict.Confirmed, seconds: 1);

        Assert.True(tester.Enter().IsProbe);
    }

    [Fact]
    public void Its_own_successes_count_against_its_peers()
    {
        var tester = new BreakerTester(static options => options.Confidence = 0.95);
        tester.Call(CallResult.Success, times: 3); // Wilson: surely more than half of the calls work

        Heed(tester, PeerVerdict.Confirmed);
        Assert.Equal(BreakerState.Closed, tester.State);
        tester.Call(CallResult.Failure, times: 1);
        Heed(tester, PeerVerdict.Confirmed);

        Assert.Equal((BreakerState.Open, TransitionReason.Peers), (tester.State, tester.Breaker.Snapshot().Reason));
    }

    [Fact]
    public void Fast_calls_count_against_peers_too_and_slow_ones_do_not()
    {
        var (fast, slow) = (Timed(), Timed());
        _ = Enumerable.Range(0, 3).Count(_ => fast.Call(CallResult.Success));
        var (one, two) = (slow.Enter(), slow.Enter());
        slow.Breaker.Exit(one, CallResult.Success);
        slow.Pass(seconds: 1);
        slow.Breaker.Exit(two, CallResult.Success);

        Heed(fast, PeerVerdict.Confirmed);
        Heed(slow, PeerVerdict.Confirmed);

        Assert.Equal((BreakerState.Closed, BreakerState.Open), (fast.State, slow.State));

        static BreakerTester Timed() => new(static options => (options.SlowCallThreshold, options.MinimumThroughput) = (TimeSpan.FromSeconds(1), 100));
    }

    [Fact]
    public void What_its_own_probes_proved_counts_for_a_while()
    {
        var tester = new BreakerTester();
        Heed(tester, PeerVerdict.Confirmed, seconds: 1);
        tester.Pass(seconds: 1);
        tester.Call(CallResult.Success);
        tester.Pass(seconds: 31); // what the window holds is forgotten

        Heed(tester, PeerVerdict.Confirmed);
        Assert.Equal(BreakerState.Closed, tester.State);
        tester.Pass(seconds: 29);
        Heed(tester, PeerVerdict.Confirmed);

        Assert.Equal(BreakerState.Open, tester.State);
    }

    [Fact]
    public void Who_closed_it_by_hand_knows_better_than_its_peers()
    {
        var tester = new BreakerTester();
        Heed(tester, PeerVerdict.Confirmed);

        tester.Breaker.Close();
        Heed(tester, PeerVerdict.Confirmed);

        Assert.Equal(BreakerState.Closed, tester.State);
    }

    [Theory]
    [InlineData(BreakerState.Open)]
    [InlineData(BreakerState.HalfOpen)]
    [InlineData(BreakerState.Ramping)]
    [InlineData(BreakerState.Isolated)]
    public void In_any_other_state_its_peers_change_nothing(BreakerState state)
    {
        var tester = new BreakerTester(static options => options.RampDuration = TimeSpan.FromSeconds(10));
        Bring(tester, state);
        var before = tester.Breaker.Snapshot() with { Peers = null };

        Heed(tester, PeerVerdict.Confirmed);

        Assert.Equal(before, tester.Breaker.Snapshot() with { Peers = null });
    }

    [Fact]
    public void A_break_by_peers_does_not_make_the_next_one_longer()
    {
        var tester = new BreakerTester();
        Heed(tester, PeerVerdict.Confirmed, seconds: 1);
        tester.Pass(seconds: 1);

        tester.Call(CallResult.Failure); // the probe

        Assert.Equal(TimeSpan.FromSeconds(5), tester.Refused().RetryAfter);
        Assert.Equal(TransitionReason.ProbeFailed, tester.Breaker.Snapshot().Reason);
    }

    [Fact]
    public void Where_another_process_probes_this_one_waits_and_says_for_how_long()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);
        Withhold(tester);

        var refusal = tester.Refused();
        Assert.Equal((BreakerState.HalfOpen, TimeSpan.FromSeconds(1)), (refusal.State, refusal.RetryAfter));
        tester.Breaker.Heed(new() { TimeToLive = TimeSpan.FromSeconds(1) });

        Assert.True(tester.Enter().IsProbe);
    }

    [Fact]
    public void Without_word_from_the_others_no_leave_to_probe_is_needed()
    {
        var tester = new BreakerTester();
        tester.Open();
        tester.Pass(seconds: 5);
        Withhold(tester);
        tester.Refused();

        tester.Pass(seconds: 1);

        Assert.True(tester.Enter().IsProbe);
    }

    [Fact]
    public void It_waits_for_leave_to_probe_no_longer_than_for_the_longest_break()
    {
        var tester = new BreakerTester(static options => options.MaxBreakDuration = TimeSpan.FromSeconds(8));
        tester.Open();
        tester.Pass(seconds: 5);
        for (var second = 0; second < 8; second++)
        {
            Withhold(tester);
            Assert.False(tester.Call(CallResult.Success));
            tester.Pass(seconds: 1);
        }

        Withhold(tester);

        Assert.True(tester.Enter().IsProbe);
    }

    [Fact]
    public void A_rehearsal_refuses_nothing_whatever_peers_say()
    {
        var tester = new BreakerTester(static options => options.Mode = BreakerMode.MetricsOnly);

        Heed(tester, PeerVerdict.Confirmed);

        Assert.Equal(BreakerState.Open, tester.State);
        Assert.True(tester.Call(CallResult.Success));
    }

    [Fact]
    public void Evidence_that_came_too_late_to_hold_is_dropped_along_with_what_was_there()
    {
        var tester = new BreakerTester();
        Heed(tester, PeerVerdict.Suspicious);

        Heed(tester, PeerVerdict.Confirmed, seconds: 0);

        Assert.Equal(BreakerState.Closed, tester.State);
        Assert.Null(tester.Breaker.Snapshot().Peers);
    }

    [Fact]
    public void The_catalogue_shows_what_peers_say()
    {
        var tester = new BreakerTester();
        Assert.Null(CatalogueEntry.For(tester.Breaker).Describe().State["peers"]);
        tester.Breaker.Heed(new() { Verdict = PeerVerdict.Suspicious, TimeToLive = TimeSpan.FromSeconds(1), Peers = 2, OpenPeers = 1 });

        var shown = (IReadOnlyDictionary<string, object?>)CatalogueEntry.For(tester.Breaker).Describe().State["peers"]!;

        Assert.Equal(
            new Dictionary<string, object?> { ["verdict"] = "suspicious", ["peers"] = 2, ["openPeers"] = 1, ["mayProbe"] = true }, shown);
    }

    [Fact]
    public void Without_a_failure_of_its_own_a_suspicion_changes_nothing_whatever_it_is_set_to() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[0, 40]).Sample(static (minimum, row, successes) =>
        {
            var tester = new BreakerTester(options => (options.MinimumThroughput, options.ConsecutiveFailures) = (minimum, row));
            Heed(tester, PeerVerdict.Suspicious);
            return tester.Call(CallResult.Success, successes) == successes && tester.State == BreakerState.Closed;
        });

    [Fact]
    public void On_a_suspicion_it_opens_no_later_and_never_on_less_than_half_the_failures() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Bool.Array[1, 60]).Sample(static (minimum, row, fails) =>
        {
            var (alone, suspicious) = (OpensAt(PeerVerdict.None), OpensAt(PeerVerdict.Suspicious));
            var failures = fails.Take(suspicious).Count(static failed => failed);
            return suspicious <= alone && (suspicious == int.MaxValue || failures >= Math.Min(Half(row), Half(minimum) / 2));

            static int Half(int calls) => Math.Min(calls, Math.Max(2, calls / 2));

            int OpensAt(PeerVerdict verdict)
            {
                var tester = new BreakerTester(options => (options.MinimumThroughput, options.ConsecutiveFailures) = (minimum, row));
                Heed(tester, verdict);
                for (var call = 0; call < fails.Length; call++)
                {
                    tester.Call(fails[call] ? CallResult.Failure : CallResult.Success);
                    if (tester.State == BreakerState.Open)
                    {
                        return call + 1;
                    }
                }

                return int.MaxValue;
            }
        });

    private static BreakerTester Rows(int row = 8) => new(options => (options.MinimumThroughput, options.ConsecutiveFailures) = (1000, row));

    private static void Heed(BreakerTester tester, PeerVerdict verdict, double seconds = 60) =>
        tester.Breaker.Heed(new() { Verdict = verdict, TimeToLive = TimeSpan.FromSeconds(seconds) });

    private static void Withhold(BreakerTester tester) => tester.Breaker.Heed(new() { MayProbe = false, TimeToLive = TimeSpan.FromSeconds(1) });

    private static void Bring(BreakerTester tester, BreakerState state)
    {
        if (state == BreakerState.Isolated)
        {
            tester.Breaker.Isolate();
            return;
        }

        tester.Open();
        if (state != BreakerState.Open)
        {
            tester.Pass(seconds: 5);
            var probe = tester.Enter();
            if (state == BreakerState.Ramping)
            {
                tester.Breaker.Exit(probe, CallResult.Success);
            }
        }
    }
}
