using System.Net.Sockets;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>What a proxy is: up or down, here or there, and only ever on this machine.</summary>
public sealed class ProxyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Down_refuses_new_connections_and_closes_those_that_there_are_and_up_is_at_the_same_port()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();

        await proxy.SendAsync(HttpMethod.Patch, "/proxies/edge", new { enabled = false });

        Assert.Equal("", await client.HearAsync(1));
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(proxy.ConnectAsync)).SocketErrorCode);

        await proxy.SendAsync(HttpMethod.Patch, "/proxies/edge", new { enabled = true });

        using var again = await proxy.ConnectAsync();
        await again.EchoAsync();
    }

    [Fact]
    public async Task Another_upstream_drops_connections_and_leads_there()
    {
        await using var other = new EchoServer(static socket => socket.SayAsync("other"));
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();

        await proxy.SendAsync(HttpMethod.Post, "/proxies/edge", new { upstream = other.Address });

        Assert.Equal("", await client.HearAsync(1));
        using var again = await proxy.ConnectAsync();
        Assert.Equal("other", await again.HearAsync(5));
    }

    [Fact]
    public async Task Several_upstreams_are_taken_in_turns()
    {
        await using var other = new EchoServer();
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.SendAsync(HttpMethod.Post, "/proxies/edge", new { upstream = $"{proxy.Server.Address}, {other.Address}" });

        for (var connection = 0; connection < 4; connection++)
        {
            using var client = await proxy.ConnectAsync();
            await client.EchoAsync();
        }

        Assert.Equal((2, 2), (proxy.Server.Accepted, other.Accepted));
    }

    [Fact]
    public async Task A_listen_address_that_is_written_otherwise_is_the_same()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();

        await proxy.SendAsync(HttpMethod.Post, "/populate", new[] { new { name = "edge", listen = $"localhost:{proxy.Edge.Port}", upstream = proxy.Server.Address } });

        await client.EchoAsync(); // it was not dropped
    }

    [Theory]
    [InlineData("listen", "0.0.0.0:0", "is not this machine's loopback")]
    [InlineData("listen", "[::]:0", "is not this machine's loopback")]
    [InlineData("listen", ":0", "listen has no host")]
    [InlineData("upstream", "192.0.2.1:80", "192.0.2.1 is not this machine's loopback")]
    [InlineData("upstream", "127.0.0.1:1,192.0.2.1:80", "192.0.2.1 is not this machine's loopback")]
    [InlineData("upstream", "no-such-name.invalid:80", "can't be resolved")]
    [InlineData("upstream", "localhost", "no host and port")]
    [InlineData("upstream", "localhost:99999", "no host and port")]
    public async Task Addresses_of_other_machines_are_refused(string field, string address, string why)
    {
        await using var proxy = await RunningProxy.StartAsync();
        var body = new Dictionary<string, string> { ["name"] = "out", ["listen"] = "localhost:0", ["upstream"] = "localhost:1", [field] = address };

        var (created, answer) = await proxy.CallAsync(HttpMethod.Post, "/proxies", body);
        var (populated, _) = await proxy.CallAsync(HttpMethod.Post, "/populate", new[] { body });
        body["name"] = "edge";
        var (updated, _) = await proxy.CallAsync(HttpMethod.Patch, "/proxies/edge", body);

        Assert.Equal((400, 400, 400), (created, populated, updated));
        Assert.Contains(why, answer!["error"]!.GetValue<string>(), StringComparison.Ordinal);
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync(); // what was there is as it was
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        await using var proxy = await RunningProxy.StartAsync();

        var (status, answer) = await proxy.CallAsync(HttpMethod.Post, "/proxies", new { name = "second", listen = $"127.0.0.1:{proxy.Edge.Port}", upstream = "localhost:1" });

        Assert.Equal(500, status);
        Assert.Contains($"second can't listen on 127.0.0.1:{proxy.Edge.Port}", answer!["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(404, (await proxy.CallAsync(HttpMethod.Get, "/proxies/second")).Status);
    }

    [Fact]
    public async Task A_removed_proxy_is_gone_with_its_connections()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();

        await proxy.SendAsync(HttpMethod.Delete, "/proxies/edge");

        Assert.Equal("", await client.HearAsync(1));
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(proxy.ConnectAsync)).SocketErrorCode);
        Assert.False(Token.IsCancellationRequested);
    }
}
