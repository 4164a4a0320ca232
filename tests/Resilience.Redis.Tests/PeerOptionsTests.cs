using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Resilience.Redis.Tests;

public sealed class PeerOptionsTests
{
    public static TheoryData<PeerOptions, string> Wrong => new()
    {
        { new() { Interval = TimeSpan.FromMilliseconds(99) }, "The exchange of circuit breakers can't be built: Interval is 00:00:00.0990000, but must be from 00:00:00.1000000 to 00:00:10." },
        { new() { TimeToLive = TimeSpan.FromMinutes(2) }, "The exchange of circuit breakers can't be built: TimeToLive is 00:02:00, but must be from 00:00:00.3000000 to 00:01:00." },
        { new() { QuorumPeers = 1 }, "The exchange of circuit breakers can't be built: QuorumPeers is 1, but must be from 2 to 1000." },
        { new() { QuorumRatio = 0 }, "The exchange of circuit breakers can't be built: QuorumRatio is 0, but must be from 0.01 to 1." },
        { new() { Interval = TimeSpan.FromSeconds(1) }, "TimeToLive must be at least three times Interval, which is 00:00:01: one lost exchange must not end what peers said." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_outside_its_range_is_refused(PeerOptions options, string message) =>
        Assert.Equal(message, Assert.Throws<ValidationException>(() => new RedisBreakerExchange(new MemoryBoard(new FakeTimeProvider()), options)).Message);

    [Fact]
    public void A_name_is_neither_empty_nor_endless()
    {
        Assert.Throws<ValidationException>(static () => Build(""));
        Assert.Throws<ValidationException>(static () => Build(new('n', 101)));
        Assert.Equal("pod-3", Build("pod-3").Node);
        Assert.Equal($"{Environment.MachineName}/{Environment.ProcessId}", Build(null).Node);

        static RedisBreakerExchange Build(string? node) => new(new MemoryBoard(new FakeTimeProvider()), new() { Node = node });
    }
}
