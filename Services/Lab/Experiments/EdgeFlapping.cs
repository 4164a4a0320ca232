using System.Globalization;
using System.Text.RegularExpressions;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>The edge from orders to inventory goes down and up, a second each.</summary>
public static partial class EdgeFlapping
{
    private const string Flap = "take the edge down and up";
    private const int Times = 10;
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _closeWithin = TimeSpan.FromSeconds(10); // its longest pause is 2.4 s, then three steps in a second
    private static readonly Finding<IReadOnlyList<IReadOnlyDictionary<string, int>>> _before = new("transitions before");
    private static readonly Finding<IReadOnlyList<IReadOnlyDictionary<string, int>>> _after = new("transitions after");
    private static readonly Finding<TimeSpan> _closed = new("closed again");

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "edge-flapping",
        Title = "Breakers don't flap along with an edge.",
        Description =
            "20 orders arrive each second. Ten times, connections from orders to inventory are refused and open ones closed for a second, and all works for a second. Every order is confirmed or accepted. "
            + "Once open, the breakers of the two replicas wait longer than the edge is down, come back in steps, and close less than half as often as the edge comes up. After the last time they close within 10 s. "
            + "The period is the breaker's own pause, which is the worst for it.",
        Seed = 621,
        SteadyState = SteadyStates.ConfirmingWithCache,
        Load = new(OrdersPerSecond: 20, For: 2 * Times * _phase),
        Method =
        [
            new("count the breakers' transitions before", static async (run, cancellationToken) => run.Store(_before, await TransitionsAsync(run, cancellationToken))),
            new(Flap, static async (run, cancellationToken) =>
            {
                for (var time = 0; time < Times; time++)
                {
                    await run.Shop.EnableEdgeAsync("inventory", enabled: false, cancellationToken);
                    await run.WaitAsync(_phase, cancellationToken);
                    await run.Shop.EnableEdgeAsync("inventory", enabled: true, cancellationToken);
                    await run.WaitAsync(_phase, cancellationToken);
                }
            }),
            new("count the breakers' transitions after", static async (run, cancellationToken) => run.Store(_after, await TransitionsAsync(run, cancellationToken))),
            new("order until both breakers are closed again", static async (run, cancellationToken) =>
                run.Store(_closed, await OrdersReplicas.UntilClosedAsync(run, _closeWithin, cancellationToken) ?? TimeSpan.MaxValue)),
        ],
        Rollbacks = [ShopSteps.ResetEdges],
        SettleWithin = TimeSpan.FromSeconds(15),
        Hypothesis =
        [
            Probe.Of("time until both breakers were closed again", Tolerance.Within(_closeWithin), static run => run.Read(_closed)),
            Probe.Of("orders neither confirmed nor accepted", Tolerance.None, static run => Measurement.CountOf(run.Firsts.OtherThan(201, 202))),
            Probe.Of("fewest transitions to open or closed of a breaker", Tolerance.Some, static run => Replicas(run).Min(replica => Seen(run, replica, "open") + Seen(run, replica, "closed"))),
            Probe.Of("most transitions to open or closed of a breaker: the edge itself has twenty", Tolerance.AtMost((2 * Times) - 1), static run => Replicas(run).Max(replica => Seen(run, replica, "open") + Seen(run, replica, "closed"))),
            Probe.Of("most transitions to closed of a breaker", new(0, (Times / 2) - 1), static run => Replicas(run).Max(replica => Seen(run, replica, "closed"))),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join("; ", Replicas(run).Select(replica => $"replica {replica} of orders: {string.Join(", ", run.Read(_after)[replica].Keys.Order(StringComparer.Ordinal).Select(state => $"{Seen(run, replica, state)} × {state}"))}"))}, "
            + $"while the edge went down {Times} times; closed again {run.Read(_closed).TotalSeconds:F1} s after the last time. {run.Firsts.ByStatus()}, of {run.Firsts.Count}."),
    };

    private static IEnumerable<int> Replicas(ExperimentRun run) => Enumerable.Range(0, run.Read(_after).Count);

    private static int Seen(ExperimentRun run, int replica, string state) =>
        run.Read(_after)[replica].GetValueOrDefault(state) - run.Read(_before)[replica].GetValueOrDefault(state);

    // How often each replica's breaker to inventory went to each state so far.
    private static async Task<IReadOnlyList<IReadOnlyDictionary<string, int>>> TransitionsAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var all = new List<IReadOnlyDictionary<string, int>>();
        foreach (var replica in run.Shop.InstancesOf("orders"))
        {
            using var client = run.Shop.ConnectTo(replica);
            var counts = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (Match line in Transitions().Matches(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken)))
            {
                var state = line.Groups["state"].Value;
                counts[state] = counts.GetValueOrDefault(state) + (int)double.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture);
            }

            all.Add(counts);
        }

        return all;
    }

    [GeneratedRegex("""^resilience_circuit_breaker_transitions\w*\{(?=[^}]*name="inventory")(?=[^}]*state="(?<state>\w+)")[^}]*\} (?<count>\S+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Transitions();
}
