using System.Diagnostics;
using System.Net.Sockets;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>What each toxic does, seen through real sockets.</summary>
public sealed class ToxicTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromMilliseconds(150);

    [Fact]
    public async Task Without_toxics_all_passes_at_once()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();

        await client.EchoAsync();

        Assert.InRange(await client.EchoAsync(), TimeSpan.Zero, _soon);
    }

    [Theory]
    [InlineData("downstream")]
    [InlineData("upstream")]
    public async Task Latency_delays_what_is_sent(string stream)
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();
        await proxy.AddAsync("latency", new { latency = 200 }, stream);

        Assert.InRange(await client.EchoAsync(), TimeSpan.FromMilliseconds(199), TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task Latency_is_a_delay_and_not_a_pause_after_each_chunk()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("latency", new { latency = 300 });

        var watch = Stopwatch.StartNew();
        for (var line = 0; line < 10; line++)
        {
            await client.SayAsync("line");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        Assert.Equal(40, (await client.HearAsync(40)).Length);
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(450), TimeSpan.FromMilliseconds(1000)); // one after the other it would be 3 s
    }

    [Fact]
    public async Task Jitter_varies_the_delay_around_the_latency()
    {
        await using var proxy = await RunningProxy.StartAsync(seed: 7);
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("latency", new { latency = 100, jitter = 90 });

        var delays = new List<TimeSpan>();
        for (var call = 0; call < 12; call++)
        {
            delays.Add(await client.EchoAsync());
        }

        Assert.True(delays.Max() - delays.Min() > TimeSpan.FromMilliseconds(50), $"From {delays.Min()} to {delays.Max()}.");
        Assert.InRange(delays.Min(), TimeSpan.FromMilliseconds(9), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Removing_latency_lets_go_what_was_held_back()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("latency", new { latency = 60_000 });
        await client.SayAsync("held");
        Assert.True(await client.IsSilentAsync(_soon));

        await proxy.RemoveAsync("latency_downstream");

        Assert.Equal("held", await client.HearAsync(4));
    }

    [Fact]
    public async Task Changing_latency_holds_for_what_is_held_already()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("latency", new { latency = 60_000, jitter = 5 });
        await client.SayAsync("held");

        var changed = await proxy.SendAsync(HttpMethod.Patch, "/proxies/edge/toxics/latency_downstream", new { attributes = new { latency = 20 } });

        Assert.Equal(5, changed["attributes"]!["jitter"]!.GetValue<int>());
        Assert.Equal("held", await client.HearAsync(4));
    }

    [Fact]
    public async Task Bandwidth_limits_the_rate()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("bandwidth", new { rate = 100 });

        var watch = Stopwatch.StartNew();
        await client.SayAsync(new string('x', 60_000));
        Assert.Equal(60_000, (await client.HearAsync(60_000)).Length);

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(550), TimeSpan.FromMilliseconds(1200)); // 600 ms at 100 KB/s
    }

    [Fact]
    public async Task Bandwidth_of_nothing_stops_the_stream_until_it_is_changed()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("bandwidth", new { rate = 0 });
        await client.SayAsync("held");
        Assert.True(await client.IsSilentAsync(_soon));

        await proxy.SendAsync(HttpMethod.Post, "/proxies/edge/toxics/bandwidth_downstream", new { attributes = new { rate = 1000 } });

        Assert.Equal("held", await client.HearAsync(4));
    }

    [Fact]
    public async Task Latency_and_bandwidth_add_up_and_do_not_multiply()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("bandwidth", new { rate = 100 });
        await proxy.AddAsync("latency", new { latency = 300 });

        var watch = Stopwatch.StartNew();
        await client.SayAsync(new string('x', 50_000));
        Assert.Equal(50_000, (await client.HearAsync(50_000)).Length);

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(750), TimeSpan.FromMilliseconds(1500)); // 500 + 300 ms; a latency for each of five slices would be 2 s
    }

    [Fact]
    public async Task Slow_close_delays_the_end_and_nothing_else()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("slow_close", new { delay = 300 });
        Assert.InRange(await client.EchoAsync(), TimeSpan.Zero, _soon);

        var watch = Stopwatch.StartNew();
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await client.HearAsync(1));

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(295), TimeSpan.FromMilliseconds(800));
    }

    [Fact]
    public async Task Timeout_is_a_black_hole_for_established_connections_and_new_ones_and_closes_them_when_it_is_removed()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var established = await proxy.ConnectAsync();
        await established.EchoAsync();
        await proxy.AddAsync("timeout", new { timeout = 0 });
        using var connected = await proxy.ConnectAsync();

        await established.SayAsync("lost");
        await connected.SayAsync("lost");
        Assert.True(await established.IsSilentAsync(_soon));
        Assert.True(await connected.IsSilentAsync(_soon));

        await proxy.RemoveAsync("timeout_downstream");

        Assert.Equal("", await established.HearAsync(1));
        Assert.Equal("", await connected.HearAsync(1));
    }

    [Fact]
    public async Task Timeout_closes_the_connection_after_its_time()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();

        var watch = Stopwatch.StartNew();
        await proxy.AddAsync("timeout", new { timeout = 250 }, "upstream");
        Assert.Equal("", await client.HearAsync(1));

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(245), TimeSpan.FromMilliseconds(800));
    }

    [Fact]
    public async Task A_black_hole_swallows_the_good_bye_as_well()
    {
        var goodbye = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await RunningProxy.StartAsync(new EchoServer(async socket => goodbye.SetResult(await socket.ReceiveAsync(new byte[1]) == 0)));
        await proxy.AddAsync("timeout", new { timeout = 0 }, "upstream");
        using (await proxy.ConnectAsync())
        {
            // Connects, and is gone.
        }

        await Assert.ThrowsAsync<TimeoutException>(() => goodbye.Task.WaitAsync(_soon, TestContext.Current.CancellationToken));
        await proxy.SendAsync(HttpMethod.Post, "/reset");
        Assert.True(await goodbye.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Reset_peer_is_seen_as_RST_by_both_sides()
    {
        var server = new TaskCompletionSource<SocketError>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await RunningProxy.StartAsync(new EchoServer(async socket =>
        {
            try
            {
                await socket.SendAsync("hello"u8.ToArray());
                while (await socket.ReceiveAsync(new byte[1]) > 0)
                {
                }

                server.SetResult(SocketError.Success);
            }
            catch (SocketException reset)
            {
                server.SetResult(reset.SocketErrorCode);
            }
        }));
        await proxy.AddAsync("reset_peer", new { timeout = 0 });

        Assert.Equal(SocketError.ConnectionReset, await proxy.ConnectAndFailAsync());
        Assert.Equal(SocketError.ConnectionReset, await server.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Reset_peer_waits_for_its_time_from_the_first_byte_on()
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.AddAsync("reset_peer", new { timeout = 200 }, "upstream");
        using var client = await proxy.ConnectAsync();
        Assert.True(await client.IsSilentAsync(TimeSpan.FromMilliseconds(300)));

        var watch = Stopwatch.StartNew();
        await client.SayAsync("x");

        Assert.Equal(SocketError.ConnectionReset, await client.ErrorAsync());
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(195), TimeSpan.FromMilliseconds(800));
    }

    [Fact]
    public async Task Slicer_cuts_data_into_small_packets_with_pauses()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("slicer", new { average_size = 10, size_variation = 3, delay = 20_000 });

        var watch = Stopwatch.StartNew();
        await client.SayAsync(new string('x', 100));
        var sizes = new List<int>();
        while (sizes.Sum() < 100)
        {
            sizes.Add(await client.ReceiveAsync(new byte[100], TestContext.Current.CancellationToken));
        }

        Assert.All(sizes.SkipLast(1), static size => Assert.InRange(size, 7, 26)); // two in one read where this machine was late
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(120), TimeSpan.FromMilliseconds(800));
    }

    [Fact]
    public async Task Slicer_keeps_to_pauses_shorter_than_a_timers_tick_on_average()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("slicer", new { average_size = 1, delay = 100 });

        var watch = Stopwatch.StartNew();
        await client.SayAsync(new string('x', 2000));
        Assert.Equal(2000, (await client.HearAsync(2000)).Length);

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(190), TimeSpan.FromMilliseconds(1000)); // a tick for each byte would be over 2 s
    }

    [Fact]
    public async Task Limit_data_closes_the_connection_after_so_many_bytes_and_delivers_those()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("limit_data", new { bytes = 8 });
        await client.EchoAsync("12345");

        await client.SayAsync("67890");

        Assert.Equal("678", await client.HearAsync(5));
    }

    [Fact]
    public async Task A_changed_limit_counts_what_went_through_before()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await proxy.ConnectAsync();
        await proxy.AddAsync("limit_data", new { bytes = 1000 });
        await client.EchoAsync("12345");

        await proxy.SendAsync(HttpMethod.Patch, "/proxies/edge/toxics/limit_data_downstream", new { attributes = new { bytes = 7 } });
        await client.SayAsync("67890");

        Assert.Equal("67", await client.HearAsync(5));
    }

    [Fact]
    public async Task Toxicity_is_a_share_of_connections_decided_once_for_each()
    {
        await using var proxy = await RunningProxy.StartAsync(seed: 11);
        await proxy.AddAsync("latency", new { latency = 60 }, toxicity: 0.5);

        var slow = 0;
        for (var connection = 0; connection < 40; connection++)
        {
            using var client = await proxy.ConnectAsync();
            var first = await client.EchoAsync() > TimeSpan.FromMilliseconds(55);
            Assert.Equal(first, await client.EchoAsync() > TimeSpan.FromMilliseconds(55));
            slow += first ? 1 : 0;
        }

        Assert.InRange(slow, 12, 28); // 20 ± 2.5 standard deviations; the seed makes it the same each time, but for the order of draws
    }
}
