using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>An edge carries 10 kB a second, and every byte in a packet of its own.</summary>
public static class NarrowEdges
{
    private const int Count = 12;
    private const double PerSecond = 2;
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private static readonly Finding<TimeSpan> _before = new("median before");
    private static readonly Finding<TimeSpan> _after = new("median after");

    /// <summary>Gets one experiment for each of two edges.</summary>
    public static IReadOnlyList<Experiment> All { get; } = [Of("inventory", seed: 641), Of("ordersdb", seed: 642)];

    private static Experiment Of(string edge, int seed) => new()
    {
        Name = $"narrow-edge-{edge}",
        Title = $"Byte by byte to {edge}, orders are slow but right.",
        Description =
            $"The edge to {edge} carries at most 10,000 bytes a second on each connection, both ways, cut into single bytes; twelve orders arrive, two a second. "
            + "Every order is confirmed or accepted, some of them at once, and later than before; after the fault they are as fast as before.",
        Seed = seed,
        IsVariant = edge != "inventory",
        SteadyState = SteadyStates.ConfirmingWithCache,
        Method =
        [
            new("order before the fault", static async (run, cancellationToken) => run.Store(_before, await ShopSteps.MedianOrderAsync(run, Count, cancellationToken))),
            new("narrow the edge", (run, cancellationToken) => run.Shop.AddFaultBothWaysAsync(edge, "bandwidth", new { rate = 10 }, cancellationToken)),
            new("cut what it carries into bytes", (run, cancellationToken) => run.Shop.AddFaultBothWaysAsync(edge, "slicer", new { average_size = 1 }, cancellationToken)),
            new("order", static (run, cancellationToken) => run.Flow.RunAsync(Count, PerSecond, cancellationToken)),
            ShopSteps.ResetEdges,
            ShopSteps.OrderUntilConfirmed(_healWithin),
            ShopSteps.WaitForSteadyState,
            new("order after the fault", static async (run, cancellationToken) => run.Store(_after, await ShopSteps.MedianOrderAsync(run, Count, cancellationToken))),
        ],
        Rollbacks = [ShopSteps.ResetEdges],
        Hypothesis =
        [
            Probe.Of("orders neither confirmed nor accepted", Tolerance.None, static run => Measurement.CountOf(run.Firsts.OtherThan(201, 202))),
            Probe.Of("orders confirmed at once", Tolerance.Some, static run => run.Firsts.Count(static entry => entry.Status == 201)),
            Probe.Of("orders were slower than before, or the fault wasn't there", Tolerance.Yes, static run => run.Firsts.Median() > run.Read(_before)),
            Probe.Of("orders were slower than after it", Tolerance.Yes, static run => run.Firsts.Median() > run.Read(_after)),
        ],
        Figures = run => string.Create(
            CultureInfo.InvariantCulture,
            $"{edge}: an order took {run.Read(_before).TotalMilliseconds:F0} ms at the median, {run.Firsts.Median().TotalMilliseconds:F0} ms byte by byte ({run.Firsts.ByStatus()}), "
            + $"{run.Read(_after).TotalMilliseconds:F0} ms after it; confirmed again {run.Read(ShopSteps.ConfirmedAgain).TotalMilliseconds:F0} ms after the end."),
    };
}
