using System.Diagnostics;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: a part of the shop is killed with SIGKILL while orders arrive.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: once warm, 20 orders a second for 10 s, or fewer where that is more than a quarter of what the shop can take; what was confirmed is read back now and then.</item>
/// <item>Injection: 3 s in, one part is killed; 2 s later it is started again.</item>
/// <item>Hypothesis: once healed, every unknown key gets one answer within 10 s, every order is at rest within 10 s more, and I1 to I12 hold.</item>
/// <item>Reach: this shop's own processes, on this machine. A killed process doesn't lose the page cache: this shows crash consistency,
/// not what a power cut does.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class KilledUnderLoad(ShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 20;
    private const int Seconds = 10;
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(10);

    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Inventory_is_killed() => RunAsync("inventory", seed: 101);

    [Fact]
    public Task One_of_two_orders_replicas_is_killed() => RunAsync("orders", seed: 102, instance: _shop.Parts.InstancesOf("orders")[0]);

    [Fact]
    public Task PostgreSQL_is_killed() => RunAsync("postgres", seed: 103);

    [Fact]
    public Task Redis_is_killed() => RunAsync("cache", seed: 104);

    private async Task RunAsync(string resource, int seed, string? instance = null)
    {
        var target = instance ?? resource;
        var client = new ShopClient(_shop.Gateway, $"chaos-customer-{seed}", _journal, TimeProvider.System);
        var flow = new OrderFlow(client, [.. Enumerable.Range(1, 40).Select(static number => $"SKU-{number:D4}")], seed, TimeProvider.System);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);
        var orders = flow.RunAsync((int)(Seconds * rate), rate, Token);
        var watch = WatchAsync(client, watching.Token);
        await Task.Delay(TimeSpan.FromSeconds(3), Token);
        await _shop.Parts.KillAsync(target, Token);
        await Task.Delay(TimeSpan.FromSeconds(2), Token);
        await _shop.Parts.StartAsync(target, Token);
        await orders;
        await _shop.Parts.UntilHealthyAsync(resource, Token);

        var healed = Stopwatch.StartNew();
        Assert.Empty(await flow.SettleUnknownsAsync(_journal, _healWithin, Token));
        var settled = healed.Elapsed;
        var state = await _shop.WaitUntilAtRestAsync(Token);
        await watching.CancelAsync();
        await watch;

        var firsts = _journal.Entries.Where(static entry => entry.Key.StartsWith("flow-", StringComparison.Ordinal)).GroupBy(static entry => entry.Key, StringComparer.Ordinal).Select(static attempts => attempts.MinBy(static entry => entry.Id)!).ToList();
        output.WriteLine(
            $"{target} killed: of {firsts.Count} first attempts, {rate:F1} a second, {firsts.Count(static entry => entry.Outcome is AttemptOutcome.Ok)} confirmed at once, "
            + $"{firsts.Count(static entry => entry.Status == 202)} accepted, {firsts.Count(static entry => entry.Outcome is AttemptOutcome.Info && entry.Status != 202)} unknown, "
            + $"{firsts.Count(static entry => entry.Outcome is AttemptOutcome.Fail)} refused; unknowns settled in {settled.TotalSeconds:F1} s, all at rest in {healed.Elapsed.TotalSeconds:F1} s.");
        Assert.Empty(ConservationCheck.Run(state, _journal));
        Assert.Contains(firsts, static entry => entry.Outcome is AttemptOutcome.Ok); // or nothing was tested
    }

    // Reads back what was confirmed, so that an order that goes missing or back is seen.
    private async Task WatchAsync(ShopClient client, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                foreach (var entry in _journal.Entries.Where(static entry => entry.OrderId is not null).TakeLast(5))
                {
                    await client.ReadAsync(entry.OrderId!.Value, cancellationToken);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
