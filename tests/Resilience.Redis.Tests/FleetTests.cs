using CsCheck;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Redis.Tests;

/// <summary>What processes make of each other's evidence.</summary>
public sealed class FleetTests
{
    [Fact]
    public async Task One_bad_node_among_any_number_never_opens_another() =>
        await Gen.Select(Gen.Int[0, 20].Array[1, 6], Gen.Int[1, 12]).SampleAsync(static async (successes, rounds) =>
        {
            var fleet = new Fleet(successes.Length + 1);
            for (var round = 0; round < rounds; round++)
            {
                fleet[0].Call(CallResult.Failure, 10);
                for (var node = 0; node < successes.Length; node++)
                {
                    fleet[node + 1].Call(CallResult.Success, successes[node]);
                }

                await fleet.LiveAsync(seconds: 1);
            }

            return fleet.Nodes.Skip(1).All(static node => node.Breaker.Snapshot() is { Epoch: 0, Peers.Verdict: not PeerVerdict.Confirmed });
        }, iter: 40);

    [Fact]
    public async Task What_two_found_broken_opens_a_third_that_has_not_called()
    {
        var fleet = new Fleet(3);
        fleet[0].Open();
        await fleet.ExchangeAsync();
        Assert.Equal((BreakerState.Closed, PeerVerdict.Suspicious), (fleet[2].State, fleet[2].Peers!.Verdict));

        fleet[1].Open();
        await fleet.ExchangeAsync();

        Assert.Equal((BreakerState.Open, TransitionReason.Peers), (fleet[2].State, fleet[2].Breaker.Snapshot().Reason));
        Assert.Equal((2, 2), (fleet[2].Peers!.Peers, fleet[2].Peers!.OpenPeers));
    }

    [Fact]
    public async Task Whose_own_calls_work_is_not_opened_by_others()
    {
        var fleet = new Fleet(4);
        fleet[3].Call(CallResult.Success, 10);
        fleet[0].Open();
        fleet[1].Open();
        fleet[2].Open();

        await fleet.LiveAsync(seconds: 4);

        Assert.Equal((BreakerState.Closed, PeerVerdict.Confirmed), (fleet[3].State, fleet[3].Peers!.Verdict));
    }

    [Fact]
    public async Task Of_two_one_alone_makes_the_other_suspicious_and_quicker()
    {
        var fleet = new Fleet(2);
        fleet[0].Open();
        await fleet.ExchangeAsync();
        Assert.Equal(BreakerState.Closed, fleet[1].State);

        Assert.Equal(5, fleet[1].Call(CallResult.Failure, 10));

        Assert.Equal(BreakerState.Open, fleet[1].State);
    }

    [Fact]
    public async Task Who_was_opened_by_others_is_no_evidence_so_that_none_keep_each_other_open()
    {
        var fleet = new Fleet();
        fleet.Add();
        fleet.Add();
        fleet.Add(breakDuration: 60);
        fleet.Add(breakDuration: 60);
        fleet[0].Open();
        fleet[1].Open();
        await fleet.ExchangeAsync();
        Assert.All(fleet.Nodes, static node => Assert.Equal(BreakerState.Open, node.State));

        await fleet.LiveAsync(seconds: 5); // the two breaks are over, and nobody calls

        Assert.All(fleet.Nodes, static node => Assert.Equal((PeerVerdict.None, 0), (node.Peers!.Verdict, node.Peers!.OpenPeers)));
        await fleet.LiveAsync(seconds: 1);
        Assert.All(fleet.Nodes, static node => Assert.Equal(TimeSpan.Zero, node.Breaker.Snapshot().BreakRemaining));
    }

    [Fact]
    public async Task It_stays_open_while_the_others_find_it_broken_and_the_evidence_ends_with_them()
    {
        var fleet = new Fleet();
        fleet.Add();
        fleet.Add();
        fleet.Add(breakDuration: 60);
        fleet[0].Open();
        fleet[1].Open();
        await fleet.LiveAsync(seconds: 4.5);
        Assert.Equal(0, fleet[2].Call(CallResult.Success));

        fleet[0].Breaker.Close();
        await fleet.LiveAsync(seconds: 1);
        fleet[2].Call(CallResult.Success); // half-open: it asks for its turn
        await fleet.ExchangeAsync();

        Assert.Equal(1, fleet[2].Call(CallResult.Success));
    }

    [Fact]
    public async Task A_wish_for_a_pause_is_no_evidence()
    {
        var fleet = new Fleet(3);
        foreach (var node in fleet.Nodes.Take(2))
        {
            Assert.True(node.Breaker.TryEnter(out var token));
            node.Breaker.Exit(token, CallResult.Throttled, TimeSpan.FromSeconds(20));
            Assert.Equal(BreakerState.Open, node.State);
        }

        await fleet.ExchangeAsync();

        Assert.Equal(PeerVerdict.None, fleet[2].Peers!.Verdict);
    }

    [Fact]
    public async Task Whose_breaker_somebody_isolated_is_no_evidence()
    {
        var fleet = new Fleet(3);
        fleet[0].Breaker.Isolate();
        fleet[1].Breaker.Isolate();

        await fleet.ExchangeAsync();

        Assert.Equal(PeerVerdict.None, fleet[2].Peers!.Verdict);
    }

    [Fact]
    public async Task Clocks_that_are_off_by_days_change_nothing() =>
        await Gen.Int[-100_000, 100_000].Array[4].SampleAsync(static async hours =>
        {
            var fleet = new Fleet();
            foreach (var skew in hours)
            {
                fleet.Add(TimeSpan.FromHours(skew / 10.0));
            }

            fleet[0].Open();
            fleet[1].Open();
            await fleet.ExchangeAsync();
            var (opened, peers) = (fleet[3].State, fleet[3].Peers!.Peers);
            await fleet.LiveAsync(seconds: 6);
            return opened == BreakerState.Open && peers == 3 && fleet[3].Peers!.Verdict == PeerVerdict.None && fleet[3].Call(CallResult.Success) == 0;
        }, iter: 40);

    [Fact]
    public async Task Who_dies_without_a_word_is_forgotten()
    {
        var fleet = new Fleet(3);
        fleet[0].Open();
        fleet[1].Open();
        await fleet.ExchangeAsync();
        fleet.Nodes.RemoveRange(0, 2);

        fleet.Pass(seconds: 1.1);
        await fleet.ExchangeAsync();

        Assert.Equal((0, PeerVerdict.None), (fleet[0].Peers!.Peers, fleet[0].Peers!.Verdict));
    }

    [Fact]
    public async Task Only_one_of_many_probes_and_the_turn_goes_round()
    {
        var fleet = new Fleet(4);
        HalfOpenAll(fleet);
        await fleet.ExchangeAsync();

        var probing = Assert.Single(fleet.Nodes, static node => node.Breaker.TryEnter(out _)); // its probe hangs
        await fleet.LiveAsync(seconds: 5);
        Assert.All(fleet.Nodes, node => Assert.Equal(0, node == probing ? 0 : node.Call(CallResult.Success)));
        await fleet.LiveAsync(seconds: 6); // the lease of the probe runs out, nobody calls there, and another has its turn
        CallAll(fleet);
        await fleet.ExchangeAsync();
        CallAll(fleet);

        Assert.Contains(fleet.Nodes, static node => node.State == BreakerState.Closed);
    }

    [Fact]
    public async Task Whose_probe_failed_gives_the_turn_to_another()
    {
        var fleet = new Fleet(3);
        HalfOpenAll(fleet);
        await fleet.ExchangeAsync();
        var first = Assert.Single(fleet.Nodes, static node => node.Call(CallResult.Failure) == 1);
        Assert.Equal(BreakerState.Open, first.State);

        CallAll(fleet); // refused: they still want to know
        await fleet.ExchangeAsync();

        Assert.NotSame(first, Assert.Single(fleet.Nodes, static node => node.Call(CallResult.Success) == 1));
    }

    [Fact]
    public async Task Who_has_the_turn_and_dies_holds_nobody_up()
    {
        var fleet = new Fleet(2);
        HalfOpenAll(fleet);
        await fleet.Nodes[0].Exchange.ExchangeAsync();
        fleet.Nodes.RemoveAt(0);
        await fleet.ExchangeAsync();
        Assert.Equal(0, fleet[0].Call(CallResult.Success));

        fleet.Pass(seconds: 1.1);
        await fleet.ExchangeAsync();

        Assert.Equal(1, fleet[0].Call(CallResult.Success));
    }

    [Fact]
    public async Task Without_others_no_turn_is_waited_for()
    {
        var fleet = new Fleet(1);
        await fleet.ExchangeAsync();
        fleet[0].Open();
        await fleet.LiveAsync(seconds: 5);

        Assert.Equal(1, fleet[0].Call(CallResult.Success));
    }

    [Fact]
    public async Task When_the_board_fails_every_breaker_is_alone_within_the_time_that_evidence_holds()
    {
        var fleet = new Fleet(3);
        fleet[0].Open();
        fleet[1].Open();
        await fleet.ExchangeAsync();
        fleet.Board.Failure = new InvalidOperationException("gone");

        await fleet.LiveAsync(seconds: 1);

        Assert.Null(fleet[2].Peers);
        Assert.Equal(1, fleet[2].Call(CallResult.Success)); // the break by peers is over, and a probe needs no leave
        Assert.Equal(10, fleet[2].Call(CallResult.Failure, 10)); // as many as it takes alone
        Assert.Equal(BreakerState.Open, fleet[2].State);
    }

    [Fact]
    public async Task When_the_board_is_emptied_it_fills_again()
    {
        var fleet = new Fleet(3);
        fleet[0].Open();
        fleet[1].Open();
        await fleet.ExchangeAsync();

        fleet.Board.Flush();
        await fleet.Nodes[2].Exchange.ExchangeAsync();
        Assert.Equal(0, fleet[2].Peers!.Peers);
        await fleet.ExchangeAsync();

        Assert.Equal((2, 2), (fleet[2].Peers!.Peers, fleet[2].Peers!.OpenPeers));
    }

    // A call opens each half, and is refused: it is nobody's turn yet.
    private static void HalfOpenAll(Fleet fleet)
    {
        foreach (var node in fleet.Nodes)
        {
            node.Open();
        }

        fleet.Pass(seconds: 5);
        foreach (var node in fleet.Nodes)
        {
            node.Breaker.Heed(new() { MayProbe = false, TimeToLive = TimeSpan.FromSeconds(1) });
            Assert.Equal(0, node.Call(CallResult.Success));
            Assert.Equal(BreakerState.HalfOpen, node.State);
        }
    }

    private static void CallAll(Fleet fleet)
    {
        foreach (var node in fleet.Nodes)
        {
            node.Call(CallResult.Success);
        }
    }
}
