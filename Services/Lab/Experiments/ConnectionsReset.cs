using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>Connections break on one edge after another: before the request arrives, instead of the answer, and in the middle of it.</summary>
public static class ConnectionsReset
{
    private const string Reads = "an order read back";
    private const string BrokenOff = "broken off";
    private const string Other = "another order";
    private const double OrdersPerSecond = 20;
    private const int Times = 4;
    private static readonly string[] _edges = ["ordersdb", "inventory", "orders"];
    private static readonly TimeSpan _broken = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan _whole = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);

    private static readonly (string Name, string Type, object Attributes, string Stream)[] _ways =
    [
        ("request", "reset_peer", new { timeout = 0 }, "upstream"),
        ("answer", "reset_peer", new { timeout = 0 }, "downstream"),
        ("cut", "limit_data", new { bytes = 300 }, "downstream"),
    ];

    private static readonly IReadOnlyList<string> _rounds = [.. from edge in _edges from way in _ways select $"{edge} {way.Name}"];

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "connections-reset",
        Title = "However a connection breaks, no order is lost or made twice.",
        Description =
            "20 orders arrive each second, and what was confirmed is read back all the time. On each of three edges and in each of three ways, four times, whatever is sent on the edge within 150 ms ends its connection: by a reset once the client "
            + "sends, by a reset once the server does, or after the first 300 bytes of what the server sends. Unknown outcomes settle within 15 s. A read is whole, or refused as 502, 503 or 504, or breaks off "
            + "where its reader sees it; none is half an order that looks whole.",
        Seed = 631,
        SteadyState = SteadyStates.ConfirmingWithCache,
        Load = new(OrdersPerSecond, _edges.Length * _ways.Length * Times * (_broken + _whole)),
        Observers = [new(Reads, TimeSpan.FromMilliseconds(20), ReadBackAsync)],
        Method =
        [
            .. from edge in _edges from way in _ways select new ExperimentStep($"{edge} {way.Name}", (run, cancellationToken) => BreakAsync(run, edge, way.Type, way.Attributes, way.Stream, cancellationToken)),
            ShopSteps.OrderUntilConfirmed(_healWithin),
        ],
        Rollbacks = [ShopSteps.ResetEdges],
        SettleWithin = _healWithin,
        Hypothesis =
        [
            Probe.Of("orders with an unexpected answer", Tolerance.None, static run => Measurement.CountOf(run.Firsts.OtherThan(201, 202, 502, 503, 504, null))),
            Probe.Of("reads with an unexpected answer", Tolerance.None, static run => Measurement.CountOf(run.Observations(Reads).Where(static read => read.Value is not ("200" or "502" or "503" or "504" or BrokenOff)))),
            Probe.Of("reads", Tolerance.Some, static run => run.Observations(Reads).Count),
            Probe.Of("orders that met a broken connection, or nothing was broken", Tolerance.Some, static run => run.Firsts.Count(static entry => entry.Status is 502 or null)),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join('\n', _rounds.Select(round => FiguresOf(run, round)))}\nConfirmed again {run.Read(ShopSteps.ConfirmedAgain).TotalSeconds:F1} s after the end; unknowns settled in {run.SettledAfter.TotalSeconds:F1} s."),
    };

    private static async Task BreakAsync(ExperimentRun run, string edge, string type, object attributes, string stream, CancellationToken cancellationToken)
    {
        for (var time = 0; time < Times; time++)
        {
            await run.Shop.AddFaultAsync(edge, type, attributes, stream, cancellationToken);
            await run.WaitAsync(_broken, cancellationToken);
            await run.Shop.ResetEdgesAsync(cancellationToken);
            await run.WaitAsync(_whole, cancellationToken);
        }
    }

    private static async Task<string?> ReadBackAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        if (run.Journal.Entries.LastOrDefault(static entry => entry.Status == 201) is not { } confirmed)
        {
            return null;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/orders/{confirmed.OrderId}");
        request.Headers.Add("X-Api-Key", confirmed.Client);
        try
        {
            using var reply = await run.Shop.Gateway.SendAsync(request, cancellationToken);
            if ((int)reply.StatusCode == 200)
            {
                var order = await reply.Content.ReadFromJsonAsync<JsonElement>(cancellationToken); // half an order is no JSON
                if ((confirmed.OrderId, confirmed.Total) != (order.GetProperty("id").GetGuid(), order.GetProperty("total").GetInt64()))
                {
                    return Other;
                }
            }

            return ((int)reply.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return BrokenOff;
        }
    }

    private static string FiguresOf(ExperimentRun run, string round)
    {
        var (from, to) = (run.Began(round), run.Ended(round));
        var reads = run.Observations(Reads).Where(read => read.At >= from && read.At < to).GroupBy(static read => read.Value, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal);
        return $"{round}: orders {run.Firsts.Where(entry => entry.T0 >= from && entry.T0 < to).ByStatus()}; reads {string.Join(", ", reads.Select(static group => $"{group.Count()} × {group.Key}"))}";
    }
}
