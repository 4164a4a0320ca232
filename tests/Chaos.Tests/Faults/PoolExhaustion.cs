using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Npgsql;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: one route of inventory gets slow and asks for more connections than the pool has.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: 40 reads of the catalogue a second, fewer on a slow machine, none of which the cache can answer, and 5 orders a second.</item>
/// <item>Injection: somebody holds the row of one product's stock for 8 s, and 20 moves of it arrive each second.</item>
/// <item>Hypothesis: at least 95 % as many reads are answered within a second as before; every order is accepted; moves for which there is no place hear 503. Without the
/// limit on stock moves, the same load takes the reads under that. Afterwards all orders come to rest within 10 s, and I1 to I12 hold.</item>
/// <item>Reach: one pool of 25 connections, on this machine.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class PoolExhaustion(ShopFixture fixture, ITestOutputHelper output)
{
    private const string SlowSku = "SKU-0300";
    private const double LeastGoodput = 0.95;
    private const int PageSizes = 200;
    private const double FullLoad = 20; // orders a second
    private static readonly TimeSpan _good = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _filling = TimeSpan.FromSeconds(2); // 40 moves: more than there are connections
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(10);

    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_route_leaves_the_pool_to_the_others()
    {
        var share = await fixture.LoadAsync(FullLoad, Token) / FullLoad;
        var before = GoodputOf(await ReadAsync(seed: 400, share));
        var guarded = await RunAsync(seed: 401, share);

        await _shop.RestartAsync("inventory", Token, ("Resilience__Database__StockMoves__MaxConcurrency", "100000"));
        Run unguarded;
        try
        {
            await fixture.WarmUpAsync(Token);
            unguarded = await RunAsync(seed: 402, share);
        }
        finally
        {
            await _shop.RestartAsync("inventory", Token);
        }

        var state = await _shop.WaitUntilAtRestAsync(Token);
        output.WriteLine($"Before it {before:P1} of the reads were good. With places of their own for stock moves: {guarded}. Without: {unguarded}.");

        Assert.Empty((string[])[.. guarded.Unanswered, .. unguarded.Unanswered]);
        Assert.InRange(guarded.Goodput, LeastGoodput * before, 1);
        Assert.True(unguarded.Goodput < LeastGoodput * before, $"Without the limit, {unguarded.Goodput:P0} of the reads were good all the same: the load is too small to show anything.");
        Assert.Equal(guarded.Orders, guarded.Accepted);
        Assert.Contains(HttpStatusCode.ServiceUnavailable, guarded.Moves);
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    private async Task<Run> RunAsync(int seed, double share)
    {
        const int Orders = 25;
        var journal = new Journal();
        var client = new ShopClient(_shop.Gateway, $"chaos-customer-{seed}", journal, TimeProvider.System);
        var flow = new OrderFlow(client, [.. Enumerable.Range(1, 40).Select(static number => $"SKU-{number:D4}")], seed, TimeProvider.System);
        var ids = Enumerable.Range(0, 140).Select(static _ => Guid.NewGuid()).ToArray();

        await using var connection = await _shop.InventoryDatabase.OpenConnectionAsync(Token);
        await using var holding = await connection.BeginTransactionAsync(Token);
        await using (var hold = new NpgsqlCommand($"select 1 from stock where sku = '{SlowSku}' for update", connection, holding))
        {
            await hold.ExecuteScalarAsync(Token);
        }

        var moves = PacedAsync(ids.Length, perSecond: 20, number => MoveAsync(ids[number]));
        await Task.Delay(_filling, Token);
        var orders = flow.RunAsync(Orders, perSecond: 5, Token);
        var reads = await ReadAsync(seed, share);
        await holding.RollbackAsync(Token);
        await orders;
        var run = new Run(
            Orders,
            journal.Entries.Count(static entry => entry.Status is 201 or 202),
            GoodputOf(reads),
            await moves,
            await flow.SettleUnknownsAsync(journal, _healWithin, Token));

        // What came through when the row was free again isn't an order's: nobody will buy it.
        foreach (var id in ids)
        {
            using var released = await _shop.Inventory.PostAsync(new Uri($"/reservations/{id}/release", UriKind.Relative), content: null, Token);
            released.EnsureSuccessStatusCode();
        }

        foreach (var entry in journal.Entries)
        {
            _journal.Add(entry);
        }

        return run;
    }

    private static double GoodputOf(bool[] reads) => (double)reads.Count(static good => good) / reads.Length;

    private Task<bool[]> ReadAsync(int seed, double share) => PacedAsync((int)(200 * share), 40 * share, number => IsGoodReadAsync((seed * 1000) + number));

    private async Task<HttpStatusCode> MoveAsync(Guid orderId)
    {
        using var reply = await _shop.Inventory.PutAsJsonAsync(
            $"/reservations/{orderId}", new { lines = new[] { new { sku = SlowSku, quantity = 1 } } }, Token);
        return reply.StatusCode;
    }

    // Each asks for another cut of the catalogue, so the cache has none of them.
    private async Task<bool> IsGoodReadAsync(int number)
    {
        var watch = Stopwatch.StartNew();
        using var reply = await _shop.Gateway.GetAsync(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"/api/products?page={1 + (number / PageSizes)}&size={1 + (number % PageSizes)}"), UriKind.Relative), Token);
        return reply.StatusCode is HttpStatusCode.OK && watch.Elapsed < _good;
    }

    private static async Task<T[]> PacedAsync<T>(int count, double perSecond, Func<int, Task<T>> send)
    {
        var watch = Stopwatch.StartNew();
        var sent = new List<Task<T>>(count);
        for (var number = 0; number < count; number++)
        {
            var due = TimeSpan.FromSeconds(number / perSecond) - watch.Elapsed;
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, Token);
            }

            sent.Add(send(number));
        }

        return await Task.WhenAll(sent);
    }

    private sealed record Run(int Orders, int Accepted, double Goodput, IReadOnlyList<HttpStatusCode> Moves, IReadOnlyList<string> Unanswered)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Goodput:P1} of the reads were good, {Accepted} of {Orders} orders accepted, moves of the slow product {string.Join(", ", Moves.GroupBy(static status => (int)status).OrderBy(static group => group.Key).Select(static group => $"{group.Count()} × {group.Key}"))}");
    }
}
