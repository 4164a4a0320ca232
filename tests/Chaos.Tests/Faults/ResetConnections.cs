using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Conservation;
using Lab.Journals;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: connections break off on one edge after another: before the request arrives, instead of the answer, and in the middle of it.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy, at 20 orders a second, or fewer where that is more than a quarter of what it can take; what
/// was confirmed is read back all the time.</item>
/// <item>Injection: on each of three edges and in each of three ways, six times, whatever is said on it within 150 ms ends its connection: by a reset once the client
/// speaks, by a reset once the server does, or after the first 300 bytes of what the server says.</item>
/// <item>Hypothesis: no order is lost or made twice, unknowns settle within 15 s, and I1 to I12 hold. A read is whole, or refused as 502, 503 or 504, or
/// breaks off where its reader sees it; none is half an order that looks whole.</item>
/// <item>Reach: one edge at a time; orders and reads through one gateway.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed class ResetConnections(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 20;
    private const int Times = 6;
    private const int Seed = 631;
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

    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task However_a_connection_breaks_no_order_is_lost_or_made_twice()
    {
        await fixture.MendAsync(Token);
        var flow = fixture.FlowOf(Seed, _journal);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seconds = _edges.Length * _ways.Length * Times * (_broken + _whole).TotalSeconds;

        var reads = ReadBackAsync(reading.Token);
        var orders = flow.RunAsync((int)(seconds * rate), rate, Token);
        var rounds = new List<(string What, DateTimeOffset From, DateTimeOffset To)>();
        foreach (var edge in _edges)
        {
            foreach (var (name, type, attributes, stream) in _ways)
            {
                var from = DateTimeOffset.UtcNow;
                for (var time = 0; time < Times; time++)
                {
                    await fixture.Faults.AddFaultAsync(edge, type, attributes, stream);
                    await Task.Delay(_broken, Token);
                    await fixture.Faults.ResetFaultsAsync();
                    await Task.Delay(_whole, Token);
                }

                rounds.Add(($"{edge} {name}", from, DateTimeOffset.UtcNow));
            }
        }

        var healed = await fixture.ConfirmedAgainAsync(_healWithin, Token);
        await orders;
        var firsts = _journal.Entries;
        var settling = Stopwatch.StartNew();
        var unanswered = await flow.SettleUnknownsAsync(_journal, _healWithin, Token);
        var settled = settling.Elapsed;
        var state = await _shop.WaitUntilAtRestAsync(Token);
        await reading.CancelAsync();
        var answers = await reads;

        foreach (var (what, from, to) in rounds)
        {
            output.WriteLine($"{what}: orders {Summary(firsts.Where(entry => entry.T0 >= from && entry.T0 < to).Select(static entry => entry.Status))}; reads {Summary(answers.Where(read => read.At >= from && read.At < to).Select(static read => read.Status))}");
        }

        output.WriteLine($"{rate:F1} orders a second. Confirmed again {healed.TotalSeconds:F1} s after the end; unknowns settled in {settled.TotalSeconds:F1} s.");
        Assert.Empty(unanswered);
        Assert.All(firsts, static entry => Assert.Contains(entry.Status, (int?[])[201, 202, 502, 503, 504, null]));
        Assert.All(answers, static read => Assert.Contains(read.Status, (int?[])[200, 502, 503, 504, null]));
        Assert.Contains(firsts, static entry => entry.Status is 502 or null); // or nothing was broken
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    // Null: the answer broke off, and its reader saw it.
    private async Task<List<(DateTimeOffset At, int? Status)>> ReadBackAsync(CancellationToken cancellationToken)
    {
        var reads = new List<(DateTimeOffset At, int? Status)>();
        while (!cancellationToken.IsCancellationRequested)
        {
            if (_journal.Entries.LastOrDefault(static entry => entry.Status == 201) is { } confirmed)
            {
                reads.Add((DateTimeOffset.UtcNow, await ReadAsync(confirmed)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        }

        return reads;
    }

    private async Task<int?> ReadAsync(JournalEntry confirmed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/orders/{confirmed.OrderId}");
        request.Headers.Add("X-Api-Key", confirmed.Client);
        try
        {
            using var reply = await _shop.Gateway.SendAsync(request, Token);
            if ((int)reply.StatusCode == 200)
            {
                var order = await reply.Content.ReadFromJsonAsync<JsonElement>(Token); // half an order is no JSON
                Assert.Equal((confirmed.OrderId, confirmed.Total), (order.GetProperty("id").GetGuid(), order.GetProperty("total").GetInt64()));
            }

            return (int)reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static string Summary(IEnumerable<int?> statuses) => string.Join(", ", statuses
        .GroupBy(static status => status).OrderBy(static group => group.Key).Select(static group => FormattableString.Invariant($"{group.Count()} × {(object?)group.Key ?? "broken off"}")));
}
