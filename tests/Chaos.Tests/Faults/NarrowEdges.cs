using Lab.Conservation;
using Lab.Journals;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: an edge carries 10 kB a second, and every byte in a packet of its own.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy, confirming each order at once.</item>
/// <item>Injection: both ways, at most 10,000 bytes a second on each connection, cut into single bytes; twelve orders, two a second.</item>
/// <item>Hypothesis: slow but right: every order is confirmed or accepted, some of them at once, and later than before; after the fault they are as fast as before;
/// all are at rest within 10 s, and I1 to I12 hold.</item>
/// <item>Reach: the edges from orders to inventory and to its database, one at a time.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed class NarrowEdges(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private const int Count = 12;
    private const double PerSecond = 2;
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("inventory", 641)]
    [InlineData("ordersdb", 642)]
    public async Task Byte_by_byte_orders_are_slow_but_right(string edge, int seed)
    {
        await fixture.MendAsync(Token);
        var flow = fixture.FlowOf(seed, _journal);
        var before = await fixture.MedianOfAsync(Count, Token);

        await fixture.Faults.AddFaultBothWaysAsync(edge, "bandwidth", new { rate = 10 });
        await fixture.Faults.AddFaultBothWaysAsync(edge, "slicer", new { average_size = 1 });
        await flow.RunAsync(Count, PerSecond, Token);
        await fixture.Faults.ResetFaultsAsync();

        var placed = _journal.Entries;
        var narrow = ProxiedShopFixture.MedianOf(placed);
        var healed = await fixture.ConfirmedAgainAsync(_healWithin, Token);
        var state = await fixture.Shop.WaitUntilAtRestAsync(Token);
        await fixture.WarmUpAsync(Token);
        var after = await fixture.MedianOfAsync(Count, Token);

        output.WriteLine(
            $"{edge}: an order took {before.TotalMilliseconds:F0} ms at the median, {narrow.TotalMilliseconds:F0} ms byte by byte ({placed.Count(static entry => entry.Status == 201)} confirmed at once, "
            + $"{placed.Count(static entry => entry.Status == 202)} accepted), {after.TotalMilliseconds:F0} ms after it; confirmed again {healed.TotalMilliseconds:F0} ms after the end.");
        Assert.All(placed, static entry => Assert.Contains(entry.Status, (int?[])[201, 202]));
        Assert.Contains(placed, static entry => entry.Status == 201);
        Assert.True(narrow > before && narrow > after, "The fault wasn't there.");
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }
}
