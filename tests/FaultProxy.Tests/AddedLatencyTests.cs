using System.Diagnostics;
using System.Net.Sockets;
using Xunit;

namespace FaultProxy.Tests;

[CollectionDefinition(nameof(AddedLatencyTests), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What the proxy costs where it does nothing: little enough to stand on every edge of a measured system.</summary>
[Collection(nameof(AddedLatencyTests))]
public sealed class AddedLatencyTests(ITestOutputHelper output)
{
    private const int WarmUps = 2000;
    private const int Rounds = 5;
    private const int CallsPerRound = 1000;
    private static readonly TimeSpan _goal = TimeSpan.FromMilliseconds(0.2);

    [Fact]
    public async Task Adds_at_the_median_no_more_than_200_microseconds_to_a_round_trip()
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var through = await proxy.ConnectAsync();
        using var direct = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await direct.ConnectAsync(System.Net.IPEndPoint.Parse(proxy.Server.Address), TestContext.Current.CancellationToken);
        await MedianAsync(through, WarmUps);
        await MedianAsync(direct, WarmUps);

        // In turns, so that both see the same machine; the median round, since others may use it too.
        var added = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            var (alone, proxied) = (await MedianAsync(direct, CallsPerRound), await MedianAsync(through, CallsPerRound));
            added.Add(proxied - alone);
            output.WriteLine($"Direct {alone.TotalMicroseconds:F0} µs, through the proxy {proxied.TotalMicroseconds:F0} µs.");
        }

        Assert.InRange(added.Order().ElementAt(Rounds / 2), TimeSpan.MinValue, _goal);
    }

    private static async Task<TimeSpan> MedianAsync(Socket socket, int calls)
    {
        var (message, answer) = (new byte[100], new byte[100]);
        var times = new List<long>(calls);
        for (var call = 0; call < calls; call++)
        {
            var begun = Stopwatch.GetTimestamp();
            await socket.SendAsync(message);
            for (var got = 0; got < answer.Length;)
            {
                got += await socket.ReceiveAsync(answer.AsMemory(got));
            }

            times.Add(Stopwatch.GetTimestamp() - begun);
        }

        return Stopwatch.GetElapsedTime(0, times.Order().ElementAt(calls / 2));
    }
}
