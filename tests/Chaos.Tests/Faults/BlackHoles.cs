using System.Diagnostics;
using Lab.Conservation;
using Lab.Journals;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: one edge is a black hole: connections stay and new ones are made, what is sent is taken, and nothing comes out on either side.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy, at 10 orders a second, or fewer where that is more than a quarter of what it can take.</item>
/// <item>Injection: 2 s in, everything on the edge is held back, both ways, for longer than the longest time that anybody waits there.</item>
/// <item>Hypothesis: nobody waits for TCP, which would take a quarter of an hour: every order has its answer by the gateway's deadline; without inventory or its database it is
/// accepted, at once when the breaker has opened. Once the hole is gone an order is confirmed within 15 s, without anybody's help; unknowns settle; I1 to I12 hold.</item>
/// <item>Reach: one edge at a time; Redis' is <see cref="DarkCache"/>'s. When the proxy lets go it closes the connections: those that stay dead are tested where one service is.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed class BlackHoles(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 10;
    private static readonly TimeSpan _before = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(11); // the gateway's deadline, and a second for a machine that others use
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15); // the gateway's breaker pauses for 6 s at most, and then asks for proof
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("orders", 611, 11)] // the deadline is 10 s
    [InlineData("ordersdb", 612, 7)] // statements have 5 s in all
    public Task Without_an_answer_by_the_deadline_it_is_unknown(string edge, int seed, int seconds) => RunAsync(edge, seed, TimeSpan.FromSeconds(seconds), isAccepting: false);

    [Theory]
    [InlineData("inventory", 613, 5)] // an attempt has 1 s, all of them 2.5 s
    [InlineData("inventorydb", 614, 7)] // statements have 5 s in all
    public Task Behind_orders_it_costs_no_order(string edge, int seed, int seconds) => RunAsync(edge, seed, TimeSpan.FromSeconds(seconds), isAccepting: true);

    private async Task RunAsync(string edge, int seed, TimeSpan hole, bool isAccepting)
    {
        await fixture.MendAsync(Token);
        var flow = fixture.FlowOf(seed, _journal);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);

        var orders = flow.RunAsync((int)((_before + hole).TotalSeconds * rate), rate, Token);
        await Task.Delay(_before, Token);
        await fixture.Faults.AddFaultBothWaysAsync(edge, "timeout", new { timeout = 0 });
        var began = DateTimeOffset.UtcNow;
        await Task.Delay(hole, Token);
        var ended = DateTimeOffset.UtcNow;
        await fixture.Faults.ResetFaultsAsync();
        var healed = await fixture.ConfirmedAgainAsync(_healWithin, Token);
        await orders;

        var settling = Stopwatch.StartNew();
        var unanswered = await flow.SettleUnknownsAsync(_journal, _healWithin, Token);
        var state = await fixture.Shop.WaitUntilAtRestAsync(Token);
        var during = _journal.Entries.Where(entry => entry.T0 > began && entry.T1 < ended).ToList();
        var longest = _journal.Entries.Max(static entry => entry.T1 - entry.T0);
        output.WriteLine(
            $"{edge}, {hole.TotalSeconds:F0} s, {rate:F1} orders a second: answered in the hole {Summary(during)}; the first of these {(during.Count == 0 ? double.NaN : (during.Min(static entry => entry.T1) - began).TotalSeconds):F1} s after it began; "
            + $"the longest took {longest.TotalSeconds:F1} s; confirmed again {healed.TotalSeconds:F1} s after its end; settled and at rest {settling.Elapsed.TotalSeconds:F1} s after the last order.");
        Assert.Empty(unanswered);
        Assert.NotEmpty(during); // somebody found out while it lasted
        Assert.DoesNotContain(during, static entry => entry.Status == 201); // or there was no hole
        Assert.True(longest < _longestAnswer, $"An order took {longest}.");
        Assert.True(!isAccepting || during.All(static entry => entry.Status == 202), Summary(during));
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    private static string Summary(IEnumerable<JournalEntry> entries) => string.Join(", ", entries
        .GroupBy(static entry => entry.Status).OrderBy(static group => group.Key).Select(static group => $"{group.Count()} × {group.Key?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}"));
}
