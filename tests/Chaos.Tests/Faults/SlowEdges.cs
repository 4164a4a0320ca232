using System.Diagnostics;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: the network between orders and PostgreSQL gets slow, then that between orders and inventory disappears, by way of the fault proxy.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the proxy, confirming each order at once.</item>
/// <item>Injection: 200 ms on each answer of orders' database; after a reset, a black hole between orders and inventory.</item>
/// <item>Hypothesis: an order goes through at 200 ms and more, and after the reset as fast as before; in the black hole it is accepted, and confirmed once
/// that is gone; I1 to I12 hold.</item>
/// <item>Reach: two edges, one at a time; orders one after another.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class SlowEdges(ITestOutputHelper output)
{
    private static readonly TimeSpan _latency = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15); // longer than the gateway's deadline
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_goes_through_a_slow_edge_and_a_dead_one_and_after_a_reset_at_full_speed()
    {
        await using var shop = await RunningShop.StartAsync(Token, ["--Faults:Proxy=true"]);
        using var faults = shop.ConnectTo("faultproxy");
        var client = new ShopClient(shop.Gateway, "slow-edges", _journal, TimeProvider.System);
        var before = await WarmUpAsync(client);

        await faults.AddFaultAsync("ordersdb", "latency", new { latency = _latency.TotalMilliseconds });
        var slow = await PlaceAsync(client);
        await faults.ResetFaultsAsync();
        var healed = await WarmUpAsync(client);

        await faults.AddFaultAsync("inventory", "timeout", new { timeout = 0 });
        var cutOff = await PlaceAsync(client);
        await faults.ResetFaultsAsync();
        var state = await shop.WaitUntilAtRestAsync(Token);

        output.WriteLine($"An order took {before.TotalMilliseconds:F0} ms, {slow.Took.TotalMilliseconds:F0} ms on the slow edge ({slow.Status}), {healed.TotalMilliseconds:F0} ms after the reset, "
            + $"{cutOff.Took.TotalMilliseconds:F0} ms on the dead edge ({cutOff.Status}).");
        Assert.Contains(slow.Status, (int?[])[201, 202]);
        Assert.InRange(slow.Took, _latency, _patience);
        Assert.InRange(healed, TimeSpan.Zero, _latency);
        Assert.Equal(202, cutOff.Status);
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    // Until five in a row are confirmed in less time than the fault will take.
    private static async Task<TimeSpan> WarmUpAsync(ShopClient client)
    {
        for (var (inARow, all) = (0, 0); ; all++)
        {
            Assert.True(all < 500, $"After {all} orders there have never been five in a row that were confirmed within {_latency}.");
            var (status, took) = await PlaceAsync(client);
            inARow = status == 201 && took < _latency ? inARow + 1 : 0;
            if (inARow == 5)
            {
                return took;
            }
        }
    }

    private static async Task<(int? Status, TimeSpan Took)> PlaceAsync(ShopClient client)
    {
        var watch = Stopwatch.StartNew();
        var attempt = await client.PlaceAsync($"slow-edges-{Guid.NewGuid():N}", [new OrderedLine("SKU-0042", 1)], _patience, Token);
        return (attempt.Status, watch.Elapsed);
    }
}
