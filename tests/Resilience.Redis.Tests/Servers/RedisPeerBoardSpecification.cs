using StackExchange.Redis;
using Xunit;

namespace Resilience.Redis.Tests.Servers;

/// <summary>The script on a real server.</summary>
/// <typeparam name="TServer">Which.</typeparam>
public abstract class RedisPeerBoardSpecification<TServer>(TServer server) : PeerBoardSpecification, IAsyncLifetime
    where TServer : Server
{
    private ConnectionMultiplexer? _redis;
    private RedisPeerBoard? _board;
    private TimeSpan _holds = Holds;

    private IDatabase Database => _redis!.GetDatabase();

    private string Known => "{resilience}:peers:" + Circuit;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _redis = await server.ConnectAsync();
        _board = new(_redis);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _redis!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_server_that_has_forgotten_the_script_is_told_it_again()
    {
        await TellAsync("b", isBad: true);
        await Database.ExecuteAsync("SCRIPT", "FLUSH");

        Assert.Equal(new(false, 1, 1, 1), await TellAsync("a"));
    }

    [Fact]
    public async Task A_server_that_was_emptied_fills_again()
    {
        await TellAsync("b", isBad: true, turn: ProbeTurn.Take);
        await Database.ExecuteAsync("FLUSHALL");

        Assert.Equal(new(true, 0, 0, 0), await TellAsync("a", turn: ProbeTurn.Take));
        await TellAsync("b", isBad: true);
        Assert.Equal(new(false, 1, 1, 1), await TellAsync("a"));
    }

    [Fact]
    public async Task What_it_keeps_is_gone_by_itself()
    {
        await TellAsync("a", turn: ProbeTurn.Take);

        Assert.InRange((await Database.KeyTimeToLiveAsync(Known))!.Value, Holds, 10 * Holds);
        Assert.InRange((await Database.KeyTimeToLiveAsync("{resilience}:turn:" + Circuit))!.Value, TimeSpan.Zero, Holds);
    }

    [Fact]
    public async Task What_was_written_in_the_future_or_by_a_stranger_is_thrown_away()
    {
        await Database.HashSetAsync(Known, [new("ahead", "9999999999999 1 5 5 Open 1"), new("stranger", "what?"), new("past", "1 1 5 5 Open 1")]);

        Assert.Equal(new(false, 0, 0, 0), await TellAsync("a"));
        Assert.Equal(["a"], (await Database.HashKeysAsync(Known)).Select(static name => name.ToString()));
    }

    [Fact]
    public async Task A_circuit_has_so_many_nodes_and_no_more_and_those_that_are_left_out_still_hear()
    {
        _holds = TimeSpan.FromMinutes(1); // 256 round trips may take longer than the second that the others need
        for (var node = 0; node < 256; node++)
        {
            await TellAsync($"node-{node}", isBad: true);
        }

        Assert.Equal(256, (await TellAsync("late")).Bad);
        Assert.Equal(256, await Database.HashLengthAsync(Known));
        Assert.Equal(255, (await TellAsync("node-0", calls: 1)).Bad); // who is in stays in
        Assert.Equal(255, (await TellAsync("late")).Bad);
    }

    private protected override Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, params PeerReport[] reports) => _board!.ExchangeAsync(node, _holds, reports);

    private protected override Task PassAsync(TimeSpan time) => Task.Delay(time, TestContext.Current.CancellationToken);
}

[Collection(nameof(GarnetServer))]
public sealed class GarnetPeerBoardTests(GarnetServer server) : RedisPeerBoardSpecification<GarnetServer>(server);

[Collection(nameof(RealRedisServer))]
public sealed class RealRedisPeerBoardTests(RealRedisServer server) : RedisPeerBoardSpecification<RealRedisServer>(server);
