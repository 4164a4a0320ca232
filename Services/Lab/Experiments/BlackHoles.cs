using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>One edge is a black hole: connections stay and new ones are made, what is sent is taken, and nothing comes out on either side.</summary>
public static class BlackHoles
{
    private const string Begin = "hold everything on the edge back, both ways";
    private const string End = "end the hole";
    private const double OrdersPerSecond = 10;
    private static readonly TimeSpan _before = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(11); // the gateway's deadline, and a second for a machine that others use
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15); // the gateway's breaker pauses for 6 s at most, and then asks for proof

    /// <summary>Gets one experiment for each edge. Redis' edge has its own: <see cref="CacheDark"/>.</summary>
    public static IReadOnlyList<Experiment> All { get; } =
    [
        Of("orders", seed: 611, seconds: 11, isAccepting: false), // the deadline is 10 s
        Of("ordersdb", seed: 612, seconds: 7, isAccepting: false), // statements have 5 s in all
        Of("inventory", seed: 613, seconds: 5, isAccepting: true), // an attempt has 1 s, all of them 2.5 s
        Of("inventorydb", seed: 614, seconds: 7, isAccepting: true), // statements have 5 s in all
    ];

    private static Experiment Of(string edge, int seed, int seconds, bool isAccepting)
    {
        var hole = TimeSpan.FromSeconds(seconds);
        return new()
        {
            Name = $"black-hole-{edge}",
            Title = isAccepting ? $"A black hole on the edge to {edge} costs no order." : $"A black hole on the edge to {edge} leaves no request without an answer by its deadline.",
            Description =
                $"10 orders arrive each second. After 2 s everything on the edge to {edge} is held back, both ways, for longer than the longest time that a caller waits there. "
                + "No caller waits for TCP, which would take a quarter of an hour: every order has its answer by the gateway's deadline. Without inventory or its database it is accepted, at once when the breaker has opened. "
                + "Once the hole has gone an order is confirmed within 15 s, without help; unknown outcomes settle. When the proxy lets go it closes the connections: those that stay dead are tested for each service alone.",
            Seed = seed,
            IsVariant = edge != "inventory",
            SteadyState = SteadyStates.ConfirmingWithCache,
            Load = new(OrdersPerSecond, _before + hole),
            Method =
            [
                new(Begin, (run, cancellationToken) => run.Shop.AddFaultBothWaysAsync(edge, "timeout", new { timeout = 0 }, cancellationToken)) { PauseBefore = _before, PauseAfter = hole },
                new(End, static (run, cancellationToken) => run.Shop.ResetEdgesAsync(cancellationToken)),
                ShopSteps.OrderUntilConfirmed(_healWithin),
            ],
            Rollbacks = [ShopSteps.ResetEdges],
            SettleWithin = _healWithin,
            Hypothesis =
            [
                Probe.Of("orders answered in the hole", Tolerance.Some, static run => During(run).Count),
                Probe.Of("orders confirmed in the hole, or there was none", Tolerance.None, static run => During(run).Count(static entry => entry.Status == 201)),
                Probe.Of("longest answer", Tolerance.AtMost(Math.BitDecrement(_longestAnswer.TotalSeconds), "s"), static run => run.Journal.Entries.Longest()),
                .. isAccepting ? [Probe.Of("orders in the hole that were not accepted", Tolerance.None, static run => Measurement.CountOf(During(run).OtherThan(202)))] : (Probe[])[],
            ],
            Figures = run => string.Create(
                CultureInfo.InvariantCulture,
                $"{edge}, {hole.TotalSeconds:F0} s: answered in the hole {During(run).ByStatus()}; the first of these {(During(run).Min(static entry => entry.T1) - run.Ended(Begin)).TotalSeconds:F1} s after it began; "
                + $"the longest took {run.Journal.Entries.Longest().TotalSeconds:F1} s; confirmed again {run.Read(ShopSteps.ConfirmedAgain).TotalSeconds:F1} s after its end; all settled {run.IdleAfter.TotalSeconds:F1} s after the last order."),
        };
    }

    private static List<JournalEntry> During(ExperimentRun run) => [.. run.Journal.Entries.Where(entry => entry.T0 > run.Ended(Begin) && entry.T1 < run.Began(End))];
}
