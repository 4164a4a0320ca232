using System.Diagnostics;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: PostgreSQL, with all its processes, stops for ten seconds and goes on (SIGSTOP): no connection breaks, and none answers.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop at 20 orders a second, or fewer where that is more than a quarter of what it can take.</item>
/// <item>Injection: ten seconds without an answer, from three seconds on.</item>
/// <item>Hypothesis: no request outlives the gateway's deadline of 10 s by more than 250 ms; once PostgreSQL goes on, an order is confirmed within 5 s, without
/// anybody's help; unknowns settle; I1 to I12 hold.</item>
/// <item>Reach: both databases; orders with lines for up to three of forty products.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class StoppedPostgres(ShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 20;
    private const int Seconds = 20;
    private const int Seed = 401;
    private static readonly TimeSpan _stop = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(10.25);
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _confirmWithin = TimeSpan.FromSeconds(5);
    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostgreSQL_stands_still_for_ten_seconds()
    {
        var client = new ShopClient(_shop.Gateway, $"chaos-customer-{Seed}", _journal, TimeProvider.System);
        var flow = new OrderFlow(client, [.. Enumerable.Range(1, 40).Select(static number => $"SKU-{number:D4}")], Seed, TimeProvider.System);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);

        var orders = flow.RunAsync((int)(Seconds * rate), rate, Token);
        await Task.Delay(TimeSpan.FromSeconds(3), Token);
        DateTimeOffset stopped, went;
        using (new StoppedProcessTree(_shop, "postgres"))
        {
            stopped = DateTimeOffset.UtcNow;
            await Task.Delay(_stop, Token);
            went = DateTimeOffset.UtcNow;
        }

        await orders;
        var healing = Stopwatch.StartNew();
        Assert.Empty(await flow.SettleUnknownsAsync(_journal, _healWithin, Token));
        var state = await _shop.WaitUntilAtRestAsync(Token);

        var during = _journal.Entries.Where(entry => entry.T0 > stopped && entry.T0 < went).ToList();
        var longest = _journal.Entries.Max(static entry => entry.T1 - entry.T0);
        var confirmed = _journal.Entries.Where(entry => entry.T1 > went && entry.Status == 201).Min(static entry => entry.T1) - went;
        output.WriteLine(
            $"Of {during.Count} orders while it stood still {during.Count(static entry => entry.Status == 503)} were refused, {during.Count(static entry => entry.Status == 504)} ran out of time; "
            + $"the longest took {longest.TotalSeconds:F1} s; confirmed again {confirmed.TotalSeconds:F1} s after it went on; all settled and at rest {healing.Elapsed.TotalSeconds:F1} s after the last order.");
        Assert.InRange(longest, TimeSpan.Zero, _longestAnswer);
        Assert.InRange(confirmed, TimeSpan.Zero, _confirmWithin);
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }
}
