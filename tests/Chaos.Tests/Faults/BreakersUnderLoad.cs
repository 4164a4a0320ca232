using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Conservation;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: inventory gets slow, then dies, then comes back, while orders arrive and its calls are counted.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: 20 orders a second for 26 s, or fewer where that is more than a quarter of what the shop can take.</item>
/// <item>Injection: 4 s in, inventory stands still for 2.8 s of every 3; 6 s later it is killed; 5 s later it is started again.</item>
/// <item>Hypothesis: no request takes longer than its deadline; orders' breaker opens in both phases, so that most of what comes while inventory is
/// dead is accepted within 200 ms; it closes again by itself; no more than 1.2 calls for each step of an order arrive at inventory, in
/// all and after the heal; all orders are at rest within 10 s, and I1 to I12 hold.</item>
/// <item>Reach: one neighbour that hangs and one that refuses connections, on this machine.</item>
/// </list>
/// </remarks>
[Collection(ShopGroup.Name)]
public sealed class BreakersUnderLoad(ShopFixture fixture, ITestOutputHelper output) : IDisposable
{
    private const double OrdersPerSecond = 20;
    private const int Seconds = 26;
    private const double MostCallsPerStep = 1.2;
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(10); // the gateway's
    private static readonly TimeSpan _fast = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(10);

    private readonly RunningShop _shop = fixture.Shop;
    private readonly HttpClient _orders = fixture.Shop.ConnectTo(fixture.Shop.Parts.InstancesOf("orders")[0]);
    private readonly Journal _journal = new();
    private readonly ConcurrentQueue<(DateTimeOffset At, string State)> _states = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Inventory_gets_slow_and_dies_and_comes_back_and_nobody_storms_it()
    {
        var client = new ShopClient(_shop.Gateway, "chaos-customer-301", _journal, TimeProvider.System);
        var flow = new OrderFlow(client, [.. Enumerable.Range(1, 40).Select(static number => $"SKU-{number:D4}")], seed: 301, TimeProvider.System);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);
        var spansBefore = _shop.Spans.Count;

        var watch = WatchBreakersAsync(watching.Token);
        var orders = flow.RunAsync((int)(Seconds * rate), rate, Token);
        await Task.Delay(TimeSpan.FromSeconds(4), Token);
        var slow = DateTimeOffset.UtcNow;
        await using (new StutteringProcess(_shop, "inventory", stopped: TimeSpan.FromSeconds(2.8), running: TimeSpan.FromSeconds(0.2)))
        {
            await Task.Delay(TimeSpan.FromSeconds(6), Token);
        }

        await _shop.Parts.KillAsync("inventory", Token);
        var killed = DateTimeOffset.UtcNow;
        await Task.Delay(TimeSpan.FromSeconds(5), Token);
        var restarted = DateTimeOffset.UtcNow;
        await _shop.Parts.StartAsync("inventory", Token);
        await _shop.Parts.UntilHealthyAsync("inventory", Token);
        var spansAtHeal = _shop.Spans.Count;
        await orders;

        var unanswered = await flow.SettleUnknownsAsync(_journal, _healWithin, Token);
        var resting = Stopwatch.StartNew();
        var state = await _shop.WaitUntilAtRestAsync(Token);
        var rested = resting.Elapsed;
        var closed = await WaitUntilClosedAsync(client);
        await watching.CancelAsync();
        await watch;

        var dead = _journal.Entries.Where(entry => entry.T0 > killed && entry.T1 < restarted).ToList();
        var slowest = _journal.Entries.Max(static entry => entry.T1 - entry.T0);
        var (inAll, afterHeal) = await CallsPerStepAsync(spansBefore, spansAtHeal);
        output.WriteLine(
            $"{rate:F1} orders a second. Slow: breaker {StatesBetween(slow, killed)}. Dead: breaker {StatesBetween(killed, restarted)}; "
            + $"{dead.Count(static entry => entry.T1 - entry.T0 < _fast)} of {dead.Count} answered within {_fast.TotalMilliseconds} ms. "
            + $"Slowest request {slowest.TotalSeconds:F1} s. Closed again: {closed}; all at rest {rested.TotalSeconds:F1} s after the last order. Calls at inventory for each step: {inAll:F2} in all, {afterHeal:F2} after the heal.");

        Assert.Empty(unanswered);
        Assert.True(slowest < _deadline, $"A request took {slowest}.");
        Assert.Contains("open", StatesBetween(slow, killed), StringComparison.Ordinal);
        Assert.Contains("open", StatesBetween(killed, restarted), StringComparison.Ordinal);
        Assert.True(dead.Count(static entry => entry.T1 - entry.T0 < _fast) > dead.Count / 2);
        Assert.True(closed);
        Assert.InRange(inAll, 1, MostCallsPerStep);
        Assert.InRange(afterHeal, 1, MostCallsPerStep);
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    /// <inheritdoc />
    public void Dispose() => _orders.Dispose();

    private string StatesBetween(DateTimeOffset from, DateTimeOffset to) =>
        string.Join(", ", _states.Where(seen => seen.At > from && seen.At < to).Select(static seen => seen.State).Distinct());

    private async Task WatchBreakersAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _states.Enqueue((DateTimeOffset.UtcNow, await BreakerStateAsync(cancellationToken)));
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Seen enough.
        }
    }

    // What one of the two orders says of its way to inventory.
    private async Task<string> BreakerStateAsync(CancellationToken cancellationToken)
    {
        var pipelines = await _orders.GetFromJsonAsync<JsonElement>("/resilience", cancellationToken);
        return (from pipeline in pipelines.EnumerateArray()
                where pipeline.GetProperty("name").GetString() == "inventory"
                from strategy in pipeline.GetProperty("strategies").EnumerateArray()
                where strategy.GetProperty("kind").GetString() == "circuit-breaker"
                select strategy.GetProperty("state").GetProperty("state").GetString()).SingleOrDefault() ?? "not called yet";
    }

    // A breaker finds out from calls, so orders go on arriving.
    private async Task<bool> WaitUntilClosedAsync(ShopClient client)
    {
        var waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < _healWithin)
        {
            if (await BreakerStateAsync(Token) == "closed")
            {
                return true;
            }

            await client.PlaceAsync($"probe-{Guid.NewGuid():N}", [fixture.NextLine()], _deadline, Token);
            await Task.Delay(TimeSpan.FromMilliseconds(200), Token);
        }

        return false;
    }

    // A step is a method and a path: reserving, confirming or releasing one order. Whoever repeats it makes a second call of it.
    private async Task<(double InAll, double AfterHeal)> CallsPerStepAsync(int spansBefore, int spansAtHeal)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), Token); // services export once a second
        var spans = _shop.Spans;
        return (CallsPerStep(spans.Skip(spansBefore)), CallsPerStep(spans.Skip(spansAtHeal)));
    }

    private static double CallsPerStep(IEnumerable<Shop.Testing.Tracing.ReceivedSpan> spans)
    {
        var calls = spans
            .Where(static span => span.Service == "inventory" && span.Attributes.GetValueOrDefault("url.path")?.StartsWith("/reservations/", StringComparison.Ordinal) == true)
            .Select(static span => (span.Attributes["http.request.method"], span.Attributes["url.path"]))
            .ToList();
        return calls.Count == 0 ? 0 : (double)calls.Count / calls.Distinct().Count();
    }
}
