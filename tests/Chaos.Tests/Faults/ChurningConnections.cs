using System.Net;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Text.Json;
using Lab.Conservation;
using Lab.Journals;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: connections come and go all the time, and their ends arrive late.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy, at 10 orders a second, or fewer where that is more than a quarter of what it can take.</item>
/// <item>Injection: for ten seconds the end of every stream is passed on a second late; in turns, each edge's connections are all closed, every two seconds; and customers
/// read, each over a connection of his own.</item>
/// <item>Hypothesis: every such customer gets an answer; orders' unknowns settle within 15 s, and I1 to I12 hold. Nothing is left of what was closed: within 10 s no socket of the shop
/// waits for its own side to close it, and there are no more connections on an edge than its client may have in its pool.</item>
/// <item>Reach: five edges, the gateway's door, one machine.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed class ChurningConnections(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 10;
    private const int Times = 25;
    private const int Seed = 651;
    private const int MostOnAnEdge = 50; // two processes, with 25 connections to a database each
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _closedWithin = TimeSpan.FromSeconds(10);
    private static readonly string[] _edges = ["orders", "inventory", "ordersdb", "inventorydb", "cache"];
    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_come_and_go_and_nothing_is_left_of_them()
    {
        await fixture.MendAsync(Token);
        var ports = await PortsAsync();
        var flow = fixture.FlowOf(Seed, _journal);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);
        var before = Sockets(ports);

        var orders = flow.RunAsync((int)(Times * _pause.TotalSeconds * rate), rate, Token);
        using var churning = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var customers = ReadEachOverItsOwnConnectionAsync(churning.Token);
        foreach (var edge in _edges)
        {
            await fixture.Faults.AddFaultBothWaysAsync(edge, "slow_close", new { delay = 1000 });
        }

        for (var time = 0; time < Times; time++)
        {
            var edge = _edges[time % _edges.Length];
            await fixture.Faults.EnableAsync(edge, enabled: false);
            await fixture.Faults.EnableAsync(edge, enabled: true);
            await Task.Delay(_pause, Token);
        }

        await fixture.Faults.ResetFaultsAsync();
        await churning.CancelAsync();
        var reads = await customers;
        var healed = await fixture.ConfirmedAgainAsync(_healWithin, Token);
        await orders;
        var firsts = _journal.Entries;
        var unanswered = await flow.SettleUnknownsAsync(_journal, _healWithin, Token);
        var state = await _shop.WaitUntilAtRestAsync(Token);
        var after = await WithoutHalfClosedAsync(ports);

        output.WriteLine(
            $"{rate:F1} orders a second: {string.Join(", ", firsts.GroupBy(static entry => entry.Status).Select(static group => $"{group.Count()} × {(object?)group.Key ?? "none"}"))}; "
            + $"{reads.Count(static status => status is HttpStatusCode.OK)} of {reads.Count} customers served, each over a connection of his own; confirmed again {healed.TotalSeconds:F1} s after the end. "
            + $"Connections on the edges: {before.Open} before, {after.Open} after; half closed: {before.HalfClosed} before, {after.HalfClosed} after.");
        Assert.All(reads, static status => Assert.Contains(status, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable]));
        Assert.Empty(unanswered);
        Assert.Equal(0, after.HalfClosed);
        Assert.InRange(after.Open, 1, _edges.Length * MostOnAnEdge);
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    private async Task<List<HttpStatusCode>> ReadEachOverItsOwnConnectionAsync(CancellationToken cancellationToken)
    {
        var statuses = new List<HttpStatusCode>();
        while (!cancellationToken.IsCancellationRequested)
        {
            using var customer = new HttpClient { BaseAddress = _shop.Gateway.BaseAddress };
            using var reply = await customer.GetAsync(new Uri($"/api/products/SKU-{1 + (statuses.Count % 1000):D4}", UriKind.Relative), Token);
            statuses.Add(reply.StatusCode);
        }

        return statuses;
    }

    // Where the edges are.
    private async Task<HashSet<int>> PortsAsync()
    {
        var proxies = await fixture.Faults.GetFromJsonAsync<JsonElement>("/proxies", Token);
        return [.. proxies.EnumerateObject().Select(static proxy => IPEndPoint.Parse(proxy.Value.GetProperty("listen").GetString()!).Port)];
    }

    // As their clients hold them: the other side has closed what is half closed, and this one hasn't noticed.
    private static (int Open, int HalfClosed) Sockets(HashSet<int> ports)
    {
        var ours = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Where(socket => ports.Contains(socket.RemoteEndPoint.Port)).ToList();
        return (ours.Count(static socket => socket.State is TcpState.Established), ours.Count(static socket => socket.State is TcpState.CloseWait));
    }

    private static async Task<(int Open, int HalfClosed)> WithoutHalfClosedAsync(HashSet<int> ports)
    {
        var began = DateTimeOffset.UtcNow;
        while (true)
        {
            var sockets = Sockets(ports);
            if (sockets.HalfClosed == 0 || DateTimeOffset.UtcNow - began > _closedWithin)
            {
                return sockets;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        }
    }
}
