using System.Globalization;
using System.Net.NetworkInformation;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>Connections come and go all the time, and their ends arrive late.</summary>
public static class ConnectionsChurning
{
    private const double OrdersPerSecond = 10;
    private const int Times = 25;
    private const int Products = 1000;
    private const int MostOnAnEdge = 50; // two processes, with 25 connections to a database each
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _closedWithin = TimeSpan.FromSeconds(20); // HttpClient's pool looks at its idle connections every 15 s
    private static readonly string[] _edges = ["orders", "inventory", "ordersdb", "inventorydb", "cache"];
    private static readonly Finding<Sockets> _before = new("sockets before");
    private static readonly Finding<Sockets> _after = new("sockets after");
    private static readonly Finding<List<int?>> _reads = new("reads");

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "connections-churning",
        Title = "Connections come and go, and nothing is left of them.",
        Description =
            "10 orders arrive each second. For ten seconds the end of every stream is passed on a second late; in turns, each edge's connections are all closed, every two seconds; and customers "
            + "read, each over a connection of its own. Every such customer gets an answer; unknown outcomes settle within 15 s. Within 20 s no socket of the shop "
            + "waits for its own side to close it, and there are no more connections on an edge than its client may have in its pool.",
        Seed = 651,
        SteadyState = SteadyStates.ConfirmingWithCache,
        Load = new(OrdersPerSecond, Times * _pause),
        Method =
        [
            new("count the sockets before", static async (run, cancellationToken) => run.Store(_before, Sockets.On(await run.Shop.EdgePortsAsync(cancellationToken)))),
            new("close connections while customers read", ChurnAsync),
            ShopSteps.ResetEdges,
            ShopSteps.OrderUntilConfirmed(_healWithin),
        ],
        Rollbacks = [ShopSteps.ResetEdges],
        SettleWithin = _healWithin,
        Hypothesis =
        [
            Probe.Of("customers without an answer", Tolerance.None, static run => Measurement.CountOf(run.Read(_reads).Where(static status => status is not (200 or 502 or 503)))),
            new("half-closed sockets on the edges within 20 s", Tolerance.None, static async (run, cancellationToken) =>
            {
                run.Store(_after, await WithoutHalfClosedAsync(run, cancellationToken));
                return run.Read(_after).HalfClosed;
            }),
            Probe.Of("connections on the edges", new(1, _edges.Length * MostOnAnEdge), static run => run.Read(_after).Open),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"Orders {run.Firsts.ByStatus()}; {run.Read(_reads).Count(static status => status == 200)} of {run.Read(_reads).Count} customers served, each over a connection of its own; "
            + $"confirmed again {run.Read(ShopSteps.ConfirmedAgain).TotalSeconds:F1} s after the end. Connections on the edges: {run.Read(_before).Open} before, {run.Read(_after).Open} after; half closed: {run.Read(_before).HalfClosed} before, {run.Read(_after).HalfClosed} after."),
    };

    private static async Task ChurnAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        using var churning = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var customers = ReadEachOverItsOwnConnectionAsync(run, churning.Token, cancellationToken);
        foreach (var edge in _edges)
        {
            await run.Shop.AddFaultBothWaysAsync(edge, "slow_close", new { delay = 1000 }, cancellationToken);
        }

        for (var time = 0; time < Times; time++)
        {
            var edge = _edges[time % _edges.Length];
            await run.Shop.EnableEdgeAsync(edge, enabled: false, cancellationToken);
            await run.Shop.EnableEdgeAsync(edge, enabled: true, cancellationToken);
            await run.WaitAsync(_pause, cancellationToken);
        }

        await churning.CancelAsync();
        run.Store(_reads, await customers);
    }

    private static async Task<List<int?>> ReadEachOverItsOwnConnectionAsync(ExperimentRun run, CancellationToken isOver, CancellationToken cancellationToken)
    {
        var statuses = new List<int?>();
        while (!isOver.IsCancellationRequested)
        {
            using var customer = new HttpClient { BaseAddress = run.Shop.Gateway.BaseAddress };
            using var reply = await customer.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"/api/products/SKU-{1 + (statuses.Count % Products):D4}"), UriKind.Relative), cancellationToken);
            statuses.Add((int)reply.StatusCode);
        }

        return statuses;
    }

    private static async Task<Sockets> WithoutHalfClosedAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var ports = await run.Shop.EdgePortsAsync(cancellationToken);
        var began = run.Clock.GetTimestamp();
        while (true)
        {
            var sockets = Sockets.On(ports);
            if (sockets.HalfClosed == 0 || run.Clock.GetElapsedTime(began) > _closedWithin)
            {
                return sockets;
            }

            await run.WaitAsync(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    private sealed record Sockets(int Open, int HalfClosed)
    {
        // As their clients hold them: the other side has closed what is half closed, and this one hasn't noticed.
        public static Sockets On(IReadOnlySet<int> ports)
        {
            var ours = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Where(socket => ports.Contains(socket.RemoteEndPoint.Port)).ToList();
            return new(ours.Count(static socket => socket.State is TcpState.Established), ours.Count(static socket => socket.State is TcpState.CloseWait));
        }
    }
}
