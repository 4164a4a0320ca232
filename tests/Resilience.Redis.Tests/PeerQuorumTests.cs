using CsCheck;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Redis.Tests;

public sealed class PeerQuorumTests
{
    private static readonly Gen<(int Speaking, int Bad, int Peers, double Ratio)> _cases =
        Gen.Select(Gen.Int[0, 50], Gen.Int[0, 50], Gen.Int[2, 10], Gen.Double[0.01, 1]).Where(static some => some.Item2 <= some.Item1);

    [Theory]
    [InlineData(0, 0, PeerVerdict.None)]
    [InlineData(5, 0, PeerVerdict.None)]
    [InlineData(1, 1, PeerVerdict.Suspicious)] // the other of two replicas: it may be the broken one
    [InlineData(2, 1, PeerVerdict.Suspicious)]
    [InlineData(2, 2, PeerVerdict.Confirmed)]
    [InlineData(4, 2, PeerVerdict.Confirmed)]
    [InlineData(5, 2, PeerVerdict.Suspicious)] // most say that it works
    [InlineData(5, 3, PeerVerdict.Confirmed)]
    public void Two_and_half_of_those_with_an_opinion_are_believed(int speaking, int bad, PeerVerdict verdict) =>
        Assert.Equal(verdict, PeerQuorum.Judge(new(false, 9, speaking, bad), peers: 2, ratio: 0.5));

    [Fact]
    public void One_alone_is_never_believed_however_it_is_set() => _cases.Sample(static (speaking, _, peers, ratio) =>
        PeerQuorum.Judge(new(false, speaking, speaking, Math.Min(1, speaking)), peers, ratio) != PeerVerdict.Confirmed);

    [Fact]
    public void One_more_that_found_it_broken_never_makes_it_less() => _cases.Sample(static (speaking, bad, peers, ratio) =>
        Judge(speaking + 1, bad + 1, peers, ratio) >= Judge(speaking + 1, bad, peers, ratio));

    [Fact]
    public void One_more_that_found_it_well_never_makes_it_more() => _cases.Sample(static (speaking, bad, peers, ratio) =>
        Judge(speaking + 1, bad, peers, ratio) <= Judge(speaking, bad, peers, ratio));

    private static PeerVerdict Judge(int speaking, int bad, int peers, double ratio) => PeerQuorum.Judge(new(false, speaking, speaking, bad), peers, ratio);
}
