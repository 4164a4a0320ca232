using Lab.Conservation;
using Lab.Journals;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: the network gets slow, and unevenly so, on one edge after another.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy, confirming each order at once.</item>
/// <item>Injection: 200 ms, 50 more or less, on each answer that comes over the edge, for eight orders and as many reads.</item>
/// <item>Hypothesis: every order is confirmed or accepted, and later by what the edge adds to the calls that it needs; every product is read; after the fault
/// orders are as fast as before, all are at rest within 10 s, and I1 to I12 hold.</item>
/// <item>Reach: one edge at a time; the way back. Inventory's statements are so many that an order outlasts an attempt at 200 ms each: it is accepted.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed class SlowEdges(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private const int Latency = 200; // ms
    private const int Jitter = 50;
    private const int Count = 8;
    private const double PerSecond = 4;
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("orders", 601, 1)] // the answer
    [InlineData("inventory", 602, 2)] // reserve, confirm
    [InlineData("ordersdb", 603, 3)] // accept, confirm, store the answer; and more
    [InlineData("inventorydb", 604, 3)] // begin, reserve, commit; and more
    [InlineData("cache", 605, 0)] // given up after 50 ms, and then not asked
    public async Task An_order_goes_through_a_slow_edge(string edge, int seed, int answers)
    {
        await fixture.MendAsync(Token);
        var flow = fixture.FlowOf(seed, _journal);
        var before = await fixture.MedianOfAsync(Count, Token);

        await fixture.Faults.AddFaultAsync(edge, "latency", new { latency = Latency, jitter = Jitter });
        var reads = ReadProductsAsync();
        await flow.RunAsync(Count, PerSecond, Token);
        var statuses = await reads;
        await fixture.Faults.ResetFaultsAsync();

        var healed = await fixture.ConfirmedAgainAsync(_healWithin, Token);
        var state = await fixture.Shop.WaitUntilAtRestAsync(Token);
        var placed = _journal.Entries;
        var first = placed.MinBy(static entry => entry.Id)!; // the breaker may spare later ones the way
        await fixture.WarmUpAsync(Token);
        var after = await fixture.MedianOfAsync(Count, Token);

        output.WriteLine(
            $"{edge}: an order took {before.TotalMilliseconds:F0} ms at the median, the first while slow {(first.T1 - first.T0).TotalMilliseconds:F0} ms, the middle one {ProxiedShopFixture.MedianOf(placed).TotalMilliseconds:F0} ms ({placed.Count(static entry => entry.Status == 201)} confirmed at once, "
            + $"{placed.Count(static entry => entry.Status == 202)} accepted), {after.TotalMilliseconds:F0} ms after it; confirmed again {healed.TotalMilliseconds:F0} ms after the end. "
            + $"Reads: {statuses.Count(static status => status == 200)} of {statuses.Count} answered.");
        Assert.All(placed, static entry => Assert.Contains(entry.Status, (int?[])[201, 202]));
        Assert.All(statuses, static status => Assert.Equal(200, status));
        Assert.True(first.T1 - first.T0 >= TimeSpan.FromMilliseconds((Latency - Jitter) * answers), "The fault wasn't there.");
        Assert.True(answers == 0 || after < first.T1 - first.T0, $"After the fault an order takes {after}.");
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    // Each a product that is read for the first time, so that the cache can't help.
    private async Task<List<int>> ReadProductsAsync()
    {
        var statuses = new List<int>();
        for (var number = 0; number < Count; number++)
        {
            using var reply = await fixture.Shop.Gateway.GetAsync(new Uri($"/api/products/SKU-{500 + number:D4}", UriKind.Relative), Token);
            statuses.Add((int)reply.StatusCode);
        }

        return statuses;
    }
}
