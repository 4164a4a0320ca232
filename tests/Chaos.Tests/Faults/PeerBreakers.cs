using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: the two orders hear of each other's breakers, of an inventory that dies, and of nothing while Redis is dead.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: both orders are up, and have called inventory.</item>
/// <item>Injection: Redis is killed and started again; then inventory is.</item>
/// <item>Hypothesis: each shows one peer. Without Redis it shows none, and orders are confirmed as before; with it, they find each other again.
/// When inventory is dead, each learns that the other's breaker is open, and that makes it suspicious and no more: of two, none is believed.</item>
/// <item>Reach: two replicas, on this machine.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class PeerBreakers(ShopFixture fixture) : IDisposable
{
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(60); // that it comes about is the claim; how soon, Resilience.Redis.Tests measure
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(10);

    private readonly RunningShop _shop = fixture.Shop;
    private readonly ShopClient _client = new(fixture.Shop.Gateway, "chaos-customer-501", new Journal(), TimeProvider.System);
    private readonly HttpClient[] _orders = [.. fixture.Shop.Parts.InstancesOf("orders").Select(fixture.Shop.ConnectTo)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_two_orders_hear_of_each_other_over_Redis_and_do_without_it()
    {
        await fixture.WarmUpAsync(Token);
        await BothAsync(static peers => peers is { } heard && heard.GetProperty("peers").GetInt32() == 1);

        await _shop.Parts.KillAsync("cache", Token);
        await BothAsync(static peers => peers is null);
        await fixture.WarmUpAsync(Token); // twenty in a row, confirmed at once
        await _shop.Parts.StartAsync("cache", Token);
        await _shop.Parts.UntilHealthyAsync("cache", Token);
        await BothAsync(static peers => peers is { } heard && heard.GetProperty("peers").GetInt32() == 1);

        await _shop.Parts.KillAsync("inventory", Token);
        try
        {
            await BothAsync(static peers => peers is { } heard && heard.GetProperty("openPeers").GetInt32() == 1 && heard.GetProperty("verdict").GetString() == "suspicious");
        }
        finally
        {
            await _shop.Parts.StartAsync("inventory", Token);
            await _shop.Parts.UntilHealthyAsync("inventory", Token);
        }

        await fixture.WarmUpAsync(Token); // as it was
        await BothAsync(static peers => peers is { } heard && heard.GetProperty("verdict").GetString() == "none");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var orders in _orders)
        {
            orders.Dispose();
        }
    }

    // Each at some moment, since what one opens another may close again; orders go on arriving, or no breaker would find anything out.
    private async Task BothAsync(Func<JsonElement?, bool> holds)
    {
        var seen = new bool[_orders.Length];
        var last = new JsonElement?[_orders.Length];
        for (var began = Stopwatch.GetTimestamp(); !seen.All(static yes => yes);)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _within, $"Seen: {string.Join(' ', seen)}; last: {string.Join(' ', last.Select(static peers => peers?.GetRawText() ?? "nobody"))}");
            await _client.PlaceAsync($"peers-{Guid.NewGuid():N}", [new OrderedLine("SKU-0042", 1)], _deadline, Token);
            for (var replica = 0; replica < _orders.Length; replica++)
            {
                last[replica] = await PeersAsync(_orders[replica]);
                seen[replica] |= holds(last[replica]);
            }
        }
    }

    // What a replica's breaker to inventory shows of its peers; null when it hears of none.
    private static async Task<JsonElement?> PeersAsync(HttpClient orders)
    {
        var pipelines = await orders.GetFromJsonAsync<JsonElement>("/resilience", Token);
        var breaker = (from pipeline in pipelines.EnumerateArray()
                       where pipeline.GetProperty("name").GetString() == "inventory"
                       from strategy in pipeline.GetProperty("strategies").EnumerateArray()
                       where strategy.GetProperty("kind").GetString() == "circuit-breaker"
                       select strategy.GetProperty("state")).First();
        return breaker.GetProperty("peers") is { ValueKind: JsonValueKind.Object } peers ? peers : null;
    }
}
