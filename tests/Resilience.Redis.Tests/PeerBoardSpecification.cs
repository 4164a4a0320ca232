using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Redis.Tests;

/// <summary>What every board does, so that what is tested in memory holds in Redis and in Garnet.</summary>
public abstract class PeerBoardSpecification
{
    private protected static readonly TimeSpan Holds = TimeSpan.FromSeconds(1);

    private protected string Circuit { get; } = "specified:" + Guid.NewGuid();

    [Fact]
    public async Task A_node_hears_of_the_others_and_not_of_itself()
    {
        Assert.Equal(new(false, 0, 0, 0), await TellAsync("a", calls: 5));
        Assert.Equal(new(false, 1, 1, 0), await TellAsync("b", isBad: true));
        Assert.Equal(new(false, 1, 1, 1), await TellAsync("a", calls: 5));
        Assert.Equal(new(false, 2, 2, 1), await TellAsync("c"));
        Assert.Equal(new(false, 2, 1, 1), await TellAsync("a", calls: 5)); // c has no opinion
    }

    [Fact]
    public async Task To_tell_twice_is_to_tell_once()
    {
        await TellAsync("b", isBad: true);
        var first = await TellAsync("a", turn: ProbeTurn.Take);

        Assert.Equal(new(true, 1, 1, 1), first);
        Assert.Equal(first, await TellAsync("a", turn: ProbeTurn.Take));
        Assert.Equal(new(false, 1, 0, 0), await TellAsync("b"));
    }

    [Fact]
    public async Task What_a_node_told_last_holds()
    {
        await TellAsync("b", isBad: true);
        await TellAsync("b", calls: 3);

        Assert.Equal(new(false, 1, 1, 0), await TellAsync("a"));
    }

    [Fact]
    public async Task Who_left_is_gone_at_once()
    {
        await TellAsync("b", isBad: true);

        await ExchangeAsync("b", new PeerReport(Circuit, false, 0, 0, BreakerState.Closed, 0, ProbeTurn.Give, IsLeaving: true));

        Assert.Equal(new(false, 0, 0, 0), await TellAsync("a"));
    }

    [Fact]
    public async Task Who_is_silent_for_too_long_is_gone_by_the_boards_own_clock()
    {
        await TellAsync("b", isBad: true);
        Assert.Equal(1, (await TellAsync("a")).Peers);

        await PassAsync(Holds + TimeSpan.FromMilliseconds(50));

        Assert.Equal(0, (await TellAsync("a")).Peers);
    }

    [Fact]
    public async Task One_node_has_the_turn_until_it_gives_it_or_says_nothing_for_too_long()
    {
        Assert.True((await TellAsync("a", turn: ProbeTurn.Take)).HasTurn);
        Assert.False((await TellAsync("b", turn: ProbeTurn.Take)).HasTurn);
        await TellAsync("b", turn: ProbeTurn.Give); // not b's to give
        Assert.False((await TellAsync("b", turn: ProbeTurn.Take)).HasTurn);
        await TellAsync("a", turn: ProbeTurn.Give);
        Assert.True((await TellAsync("b", turn: ProbeTurn.Take)).HasTurn);
        Assert.False((await TellAsync("a", turn: ProbeTurn.Take)).HasTurn);

        await PassAsync(Holds + TimeSpan.FromMilliseconds(50));

        Assert.True((await TellAsync("a", turn: ProbeTurn.Take)).HasTurn);
    }

    [Fact]
    public async Task Circuits_have_nothing_to_do_with_each_other()
    {
        var other = Circuit + "'s {other}";
        await ExchangeAsync("b", Report(Circuit, isBad: true), Report(other, turn: ProbeTurn.Take));

        Assert.Equal(
            [new(true, 1, 1, 1), new(false, 1, 0, 0)],
            await ExchangeAsync("a", Report(Circuit, turn: ProbeTurn.Take), Report(other, turn: ProbeTurn.Take)));
    }

    private protected abstract Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, params PeerReport[] reports);

    private protected abstract Task PassAsync(TimeSpan time);

    private protected async Task<PeerAnswer> TellAsync(string node, bool isBad = false, long calls = 0, ProbeTurn turn = ProbeTurn.None) =>
        Assert.Single(await ExchangeAsync(node, Report(Circuit, isBad, calls, turn)));

    private protected static PeerReport Report(string circuit, bool isBad = false, long calls = 0, ProbeTurn turn = ProbeTurn.None) =>
        new(circuit, isBad, calls, 0, isBad ? BreakerState.Open : BreakerState.Closed, 1, turn);
}
