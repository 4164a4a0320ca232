using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>What a proxy owes a stream: every byte, once, in order, and its end; and to the machine, that memory stays bounded.</summary>
public sealed class StreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_half_close_is_passed_on_and_the_other_direction_goes_on()
    {
        // Answers only once the client has ended what it sends.
        await using var proxy = await RunningProxy.StartAsync(new EchoServer(async socket =>
        {
            var heard = await socket.HearAsync(100);
            await socket.SayAsync($"you said {heard}, and ended");
            socket.Shutdown(SocketShutdown.Send);
        }));
        using var client = await proxy.ConnectAsync();

        await client.SayAsync("all");
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("you said all, and ended", await client.HearAsync(100));
    }

    [Fact]
    public async Task A_connection_is_forgotten_once_both_sides_have_ended()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using (var client = await proxy.ConnectAsync())
        {
            await client.EchoAsync();
            Assert.Equal(1, await proxy.ConnectionsAsync());
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal("", await client.HearAsync(1));
        }

        await UntilNoConnectionsAsync(proxy);
    }

    [Fact]
    public async Task A_clients_reset_reaches_the_server_as_a_reset()
    {
        var seen = new TaskCompletionSource<SocketError>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await RunningProxy.StartAsync(new EchoServer(async socket =>
        {
            await socket.SayAsync("hello");
            seen.SetResult(await socket.ErrorAsync());
        }));
        var client = await proxy.ConnectAsync();
        await client.HearAsync(5);

        client.Close(timeout: 0);

        Assert.Equal(SocketError.ConnectionReset, await seen.Task.WaitAsync(TimeSpan.FromSeconds(10), Token));
        await UntilNoConnectionsAsync(proxy);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_seen_as_a_reset()
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.Server.DisposeAsync();

        Assert.Equal(SocketError.ConnectionReset, await proxy.ConnectAndFailAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_byte_arrives_once_and_in_order_while_toxics_come_and_go(int seed)
    {
        const int Length = 1_000_000;
        await using var proxy = await RunningProxy.StartAsync(seed: seed);
        using var client = await proxy.ConnectAsync();
        var sent = new byte[Length];
        new Random(seed).NextBytes(sent);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var toxics = ComeAndGoAsync(proxy, new Random(seed), over.Token);
        var sending = SendInChunksAsync(client, sent, new Random(seed + 100));
        var received = await ReceiveAllAsync(client);
        await sending;
        await over.CancelAsync();
        var changes = await toxics;

        Assert.Equal(Length, received.Length);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received));
        Assert.True(changes > 50, $"Only {changes} changes of toxics fell into the stream.");
    }

    [Theory]
    [InlineData("latency", """{"latency":5}""")] // the server holds it up
    [InlineData("bandwidth", """{"rate":0}""")] // the proxy does
    public async Task What_does_not_go_on_is_not_taken_in(string type, string attributes)
    {
        const long All = 100_000_000;
        long taken = 0;
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await RunningProxy.StartAsync(new EchoServer(async socket =>
        {
            await read.Task;
            var buffer = new byte[256 * 1024];
            int got;
            while ((got = await socket.ReceiveAsync(buffer)) > 0)
            {
                taken += got;
            }

            socket.Shutdown(SocketShutdown.Send);
        }));
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync(type, JsonNode.Parse(attributes)!, "upstream");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long sent = 0;

        var sending = Task.Run(
            async () =>
            {
                var chunk = new byte[100_000];
                while (Interlocked.Read(ref sent) < All)
                {
                    Interlocked.Add(ref sent, await client.SendAsync(chunk, Token));
                }

                client.Shutdown(SocketShutdown.Send);
            },
            Token);
        var stuck = await UntilStuckAsync(() => Interlocked.Read(ref sent));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        await proxy.SendAsync(HttpMethod.Post, "/reset");
        read.SetResult();
        Assert.Equal("", await client.HearAsync(1));
        await sending;

        Assert.InRange(stuck, 1, All / 2);
        Assert.InRange(grown, long.MinValue, 8_000_000); // the pools of the transport, and twice a megabyte
        Assert.Equal(All, taken);
    }

    private static async Task<int> ComeAndGoAsync(RunningProxy proxy, Random random, CancellationToken cancellationToken)
    {
        var changes = 0;
        (string Type, object Attributes)[] toxics =
        [
            ("latency", new { latency = 3, jitter = 2 }),
            ("slicer", new { average_size = 5000, size_variation = 4000, delay = 50 }),
            ("bandwidth", new { rate = 50_000 }),
            ("limit_data", new { bytes = 1_000_000_000 }),
            ("slow_close", new { delay = 5 }),
        ];
        while (!cancellationToken.IsCancellationRequested)
        {
            var (type, attributes) = toxics[random.Next(toxics.Length)];
            var stream = random.Next(2) == 0 ? "upstream" : "downstream";
            var (status, _) = await proxy.CallAsync(HttpMethod.Post, "/proxies/edge/toxics", new { type, stream, attributes });
            if (status == 409)
            {
                await proxy.CallAsync(random.Next(3) == 0 ? HttpMethod.Patch : HttpMethod.Delete, $"/proxies/edge/toxics/{type}_{stream}", new { attributes });
            }

            changes++;
        }

        return changes;
    }

    private static async Task SendInChunksAsync(Socket socket, byte[] bytes, Random random)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            var size = Math.Min(bytes.Length - sent, random.Next(3) == 0 ? random.Next(1, 20) : random.Next(1, 20_000));
            sent += await socket.SendAsync(bytes.AsMemory(sent, size), Token);
            if (random.Next(8) == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 60)), Token); // the stream is to last as long as many changes
            }
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<byte[]> ReceiveAllAsync(Socket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int got;
        while ((got = await socket.ReceiveAsync(buffer, limit.Token)) > 0)
        {
            await all.WriteAsync(buffer.AsMemory(0, got), limit.Token);
        }

        return all.ToArray();
    }

    // Where a figure no longer grows.
    private static async Task<long> UntilStuckAsync(Func<long> figure)
    {
        for (var (last, since) = (-1L, Stopwatch.StartNew()); ;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
            if (figure() is var now && now != last)
            {
                last = now;
                since.Restart();
            }
            else if (since.Elapsed > TimeSpan.FromMilliseconds(400))
            {
                return now;
            }
        }
    }

    private static async Task UntilNoConnectionsAsync(RunningProxy proxy)
    {
        for (var waiting = Stopwatch.StartNew(); await proxy.ConnectionsAsync() > 0;)
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(5), "A connection that is over is still kept.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Token);
        }
    }
}
