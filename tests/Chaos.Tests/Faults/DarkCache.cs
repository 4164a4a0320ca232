using System.Diagnostics;
using System.Net;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: Redis disappears in a black hole: connections stay, what is sent is taken, and nothing comes back.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy; products read at a steady pace, and an order now and then.</item>
/// <item>Injection: everything between the services and Redis is held back, both ways, for ten seconds.</item>
/// <item>Hypothesis: every read is answered with 200 and every order confirmed; the reads' p99 rises by less than 100 ms; I1 to I12 hold.</item>
/// <item>Reach: one edge; one in five of the products is read for the first time.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed class DarkCache(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15); // longer than the gateway's deadline
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redis_in_a_black_hole_costs_no_answer_and_hardly_any_time()
    {
        var shop = fixture.Shop;
        var client = new ShopClient(shop.Gateway, "dark-cache", _journal, TimeProvider.System);
        await fixture.MendAsync(Token);
        await RunAsync(shop, client, firstSku: 100); // warm

        var before = await RunAsync(shop, client, firstSku: 100);
        await fixture.Faults.AddFaultBothWaysAsync("cache", "timeout", new { timeout = 0 });
        var during = await RunAsync(shop, client, firstSku: 300);
        await fixture.Faults.ResetFaultsAsync();
        var state = await shop.WaitUntilAtRestAsync(Token);

        output.WriteLine($"Reads: p99 {before.P99.TotalMilliseconds:F0} ms before, {during.P99.TotalMilliseconds:F0} ms in the dark, slowest {during.Slowest.TotalMilliseconds:F0} ms, of {during.Reads}.");
        Assert.Equal((0, 0), (before.Failed, during.Failed));
        Assert.InRange(during.P99 - before.P99, TimeSpan.MinValue, TimeSpan.FromMilliseconds(100));
        Assert.All(_journal.Entries.TakeLast(5), static entry => Assert.Equal(201, entry.Status));
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    private static async Task<(int Reads, int Failed, TimeSpan P99, TimeSpan Slowest)> RunAsync(RunningShop shop, ShopClient client, int firstSku)
    {
        var reads = new List<Task<(HttpStatusCode Status, TimeSpan Took)>>();
        var orders = new List<Task>();
        var began = Stopwatch.GetTimestamp();
        for (var number = 0; Stopwatch.GetElapsedTime(began) < _phase; number++)
        {
            // One in five is a product that nobody has read yet, so that the cache can't help.
            reads.Add(ReadAsync(shop, $"SKU-{(number % 5 == 0 ? firstSku + (number / 5) : 1 + (number % 40)):D4}"));
            if (number % 20 == 0)
            {
                orders.Add(client.PlaceAsync($"dark-cache-{Guid.NewGuid():N}", [new OrderedLine("SKU-0043", 1)], _patience, Token));
            }

            await Task.Delay(_pace, Token);
        }

        await Task.WhenAll(orders);
        var answers = await Task.WhenAll(reads);
        var times = answers.Select(static answer => answer.Took).Order().ToList();
        return (answers.Length, answers.Count(static answer => answer.Status != HttpStatusCode.OK), times[times.Count * 99 / 100], times[^1]);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan Took)> ReadAsync(RunningShop shop, string sku)
    {
        var began = Stopwatch.GetTimestamp();
        using var reply = await shop.Gateway.GetAsync(new Uri($"/api/products/{sku}", UriKind.Relative), Token);
        return (reply.StatusCode, Stopwatch.GetElapsedTime(began));
    }
}
