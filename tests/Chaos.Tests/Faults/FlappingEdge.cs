using System.Globalization;
using System.Text.RegularExpressions;
using Lab.Conservation;
using Lab.Journals;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>
/// Experiment: the way from orders to inventory comes and goes, a second each.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: a warm shop whose edges lead through the fault proxy, at 20 orders a second, or fewer where that is more than a quarter of what it can take.</item>
/// <item>Injection: ten times, connections are refused and those that there are closed for a second, and all is well for a second.</item>
/// <item>Hypothesis: every order is confirmed or accepted. The breakers of the two orders don't flap along: once open, they wait longer than the edge is away, come back in
/// steps, and close less than half as often as the edge comes up. After the last time they close within 10 s; all orders are at rest within 10 s, and I1 to I12 hold.</item>
/// <item>Reach: one edge; a period that is the breaker's own pause, which is the worst for it.</item>
/// </list>
/// </remarks>
[Collection(ProxiedShopGroup.Name)]
public sealed partial class FlappingEdge(ProxiedShopFixture fixture, ITestOutputHelper output)
{
    private const double OrdersPerSecond = 20;
    private const int Times = 10;
    private const int Seed = 621;
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _closeWithin = TimeSpan.FromSeconds(10); // its longest pause is 2.4 s, then three steps in a second
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Breakers_do_not_flap_along()
    {
        await fixture.MendAsync(Token);
        var flow = fixture.FlowOf(Seed, _journal);
        var rate = await fixture.LoadAsync(OrdersPerSecond, Token);
        HttpClient[] both = [.. fixture.Shop.Parts.InstancesOf("orders").Select(fixture.Shop.ConnectTo)];
        var before = await Task.WhenAll(both.Select(TransitionsAsync));

        var orders = flow.RunAsync((int)(2 * Times * _phase.TotalSeconds * rate), rate, Token);
        for (var time = 0; time < Times; time++)
        {
            await fixture.Faults.EnableAsync("inventory", enabled: false);
            await Task.Delay(_phase, Token);
            await fixture.Faults.EnableAsync("inventory", enabled: true);
            await Task.Delay(_phase, Token);
        }

        var after = await Task.WhenAll(both.Select(TransitionsAsync));
        await orders;
        var closed = await Task.WhenAll(both.Select(ClosedAgainAsync));
        var placed = _journal.Entries;
        var state = await fixture.Shop.WaitUntilAtRestAsync(Token);

        for (var replica = 0; replica < both.Length; replica++)
        {
            output.WriteLine(
                $"Replica {replica} of orders: {string.Join(", ", after[replica].Select(to => $"{to.Value - before[replica].GetValueOrDefault(to.Key)} × {to.Key}").Order(StringComparer.Ordinal))}, "
                + $"while the edge went down {Times} times; closed again {closed[replica].TotalSeconds:F1} s after the flow.");
        }

        output.WriteLine($"{rate:F1} orders a second: {placed.Count(static entry => entry.Status == 201)} confirmed at once, {placed.Count(static entry => entry.Status == 202)} accepted, of {placed.Count}.");
        Assert.All(placed, static entry => Assert.Contains(entry.Status, (int?[])[201, 202]));
        for (var replica = 0; replica < both.Length; replica++)
        {
            int Seen(string to) => after[replica].GetValueOrDefault(to) - before[replica].GetValueOrDefault(to);
            Assert.InRange(Seen("open") + Seen("closed"), 1, (2 * Times) - 1); // the edge's own changes are twenty
            Assert.InRange(Seen("closed"), 0, (Times / 2) - 1);
        }

        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    // Orders go on arriving: a breaker finds out from calls.
    private async Task<TimeSpan> ClosedAgainAsync(HttpClient replica)
    {
        var began = DateTimeOffset.UtcNow;
        while (!Closed().IsMatch(await replica.GetStringAsync(new Uri("/metrics", UriKind.Relative), Token)))
        {
            Assert.True(DateTimeOffset.UtcNow - began < _closeWithin, "The breaker is still not closed.");
            await fixture.ConfirmedAgainAsync(_healWithin, Token);
        }

        return DateTimeOffset.UtcNow - began;
    }

    // How often the breaker to inventory went to each state so far.
    private static async Task<Dictionary<string, int>> TransitionsAsync(HttpClient replica)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Match line in Transitions().Matches(await replica.GetStringAsync(new Uri("/metrics", UriKind.Relative), Token)))
        {
            var state = line.Groups["state"].Value;
            counts[state] = counts.GetValueOrDefault(state) + (int)double.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture);
        }

        return counts;
    }

    [GeneratedRegex("""^resilience_circuit_breaker_transitions\w*\{(?=[^}]*name="inventory")(?=[^}]*state="(?<state>\w+)")[^}]*\} (?<count>\S+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Transitions();

    [GeneratedRegex("""^resilience_circuit_breaker_state\w*\{(?=[^}]*name="inventory")(?=[^}]*state="closed")[^}]*\} 1""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Closed();
}
