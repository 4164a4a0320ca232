using System.Diagnostics;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: the two orders are stopped and started again, one after the other, while orders arrive: what a deployment does.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: once warm, 20 orders a second, or fewer where that is more than a quarter of what the shop can take.</item>
/// <item>Injection: each replica is asked to stop (SIGTERM), and started again; the second one once the first is healthy.</item>
/// <item>Hypothesis: no order fails: each first attempt is a 201 or a 202; I1 to I12 hold.</item>
/// <item>Reach: this shop's own processes, on this machine.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class RollingRestart(ShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 20;
    private static readonly TimeSpan _restartWithin = TimeSpan.FromSeconds(60);
    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_replicas_restarted_in_turn_fail_no_order()
    {
        var client = new ShopClient(_shop.Gateway, "rolling-restart", _journal, TimeProvider.System);
        var flow = new OrderFlow(client, [.. Enumerable.Range(1, 40).Select(static number => $"SKU-{number:D4}")], seed: 118, TimeProvider.System);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(2 * _restartWithin);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var began = Stopwatch.StartNew();
        var orders = flow.RunAsync((int)(2 * _restartWithin.TotalSeconds * rate), rate, over.Token);
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        foreach (var instance in _shop.Parts.InstancesOf("orders"))
        {
            await _shop.Parts.RestartAsync(instance, Token);
            await _shop.Parts.UntilHealthyAsync(instance, patience.Token);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        var took = began.Elapsed;
        var last = _journal.Entries.Count;
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => orders);

        Assert.Empty(await flow.SettleUnknownsAsync(_journal, _restartWithin, Token)); // those that the end of the flow cut off
        var state = await _shop.WaitUntilAtRestAsync(Token);
        var firsts = _journal.Entries.Take(last).ToList();
        output.WriteLine($"Both restarted within {took.TotalSeconds:F1} s: of {firsts.Count} orders, {firsts.Count(static entry => entry.Status == 201)} confirmed at once, {firsts.Count(static entry => entry.Status == 202)} accepted.");
        Assert.All(firsts, static entry => Assert.Contains(entry.Status, (int?[])[201, 202]));
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }
}
