using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>The network gets slow, and unevenly so, on one edge.</summary>
public static class SlowEdges
{
    private const int Latency = 200; // ms
    private const int Jitter = 50;
    private const int Count = 8;
    private const double PerSecond = 4;
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(15);
    private static readonly Finding<TimeSpan> _before = new("median before");
    private static readonly Finding<TimeSpan> _after = new("median after");
    private static readonly Finding<List<int?>> _reads = new("reads");

    /// <summary>Gets one experiment for each edge.</summary>
    public static IReadOnlyList<Experiment> All { get; } =
    [
        Of("orders", seed: 601, answers: 1), // the answer
        Of("inventory", seed: 602, answers: 2), // reserve, confirm
        Of("ordersdb", seed: 603, answers: 3), // accept, confirm, store the answer; and more
        Of("inventorydb", seed: 604, answers: 3), // begin, reserve, commit; and more
        Of("cache", seed: 605, answers: 0), // given up after 50 ms, and then not asked
    ];

    private static Experiment Of(string edge, int seed, int answers) => new()
    {
        Name = $"slow-edge-{edge}",
        Title = $"Orders go through a slow edge to {edge}.",
        Description =
            $"Each answer that comes over the edge to {edge} takes 200 ms longer, 50 more or less, for eight orders and as many reads. Every order is confirmed or accepted, and later by what the edge adds to "
            + "the calls that it needs; every product is read. After the fault orders are as fast as before. Inventory's statements are so many that an order outlasts an attempt at 200 ms each: it is accepted.",
        Seed = seed,
        IsVariant = edge != "inventory",
        SteadyState = SteadyStates.ConfirmingWithCache,
        Method =
        [
            new("order before the fault", static async (run, cancellationToken) => run.Store(_before, await ShopSteps.MedianOrderAsync(run, Count, cancellationToken))),
            new("slow the edge down", (run, cancellationToken) => run.Shop.AddFaultAsync(edge, "latency", new { latency = Latency, jitter = Jitter }, "downstream", cancellationToken)),
            new("order, and read products", static async (run, cancellationToken) =>
            {
                var reads = ReadProductsAsync(run, cancellationToken);
                await run.Flow.RunAsync(Count, PerSecond, cancellationToken);
                run.Store(_reads, await reads);
            }),
            ShopSteps.ResetEdges,
            ShopSteps.OrderUntilConfirmed(_healWithin),
            ShopSteps.WaitForSteadyState,
            new("order after the fault", static async (run, cancellationToken) => run.Store(_after, await ShopSteps.MedianOrderAsync(run, Count, cancellationToken))),
        ],
        Rollbacks = [ShopSteps.ResetEdges],
        Hypothesis =
        [
            Probe.Of("orders neither confirmed nor accepted", Tolerance.None, static run => Measurement.CountOf(run.Firsts.OtherThan(201, 202))),
            Probe.Of("reads without a product", Tolerance.None, static run => run.Read(_reads).Count(static status => status != 200)),
            Probe.Of("first order, or the fault wasn't there", Tolerance.AtLeast((Latency - Jitter) * answers / 1000.0, "s"), static run => First(run)),
            .. answers == 0 ? (Probe[])[] : [Probe.Of("an order after the fault is faster than the first one in it", Tolerance.Yes, static run => run.Read(_after) < First(run))],
        ],
        Figures = run => string.Create(
            CultureInfo.InvariantCulture,
            $"{edge}: an order took {run.Read(_before).TotalMilliseconds:F0} ms at the median, the first while slow {First(run).TotalMilliseconds:F0} ms, the middle one {run.Firsts.Median().TotalMilliseconds:F0} ms "
            + $"({run.Firsts.ByStatus()}), {run.Read(_after).TotalMilliseconds:F0} ms after it; confirmed again {run.Read(ShopSteps.ConfirmedAgain).TotalMilliseconds:F0} ms after the end. Reads: {run.Read(_reads).ByStatus()}."),
    };

    // The breaker may spare later ones the way.
    private static TimeSpan First(ExperimentRun run)
    {
        var first = run.Firsts.MinBy(static entry => entry.Id)!;
        return first.T1 - first.T0;
    }

    // Each a product that is read for the first time, so that the cache can't help.
    private static async Task<List<int?>> ReadProductsAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var statuses = new List<int?>();
        for (var number = 0; number < Count; number++)
        {
            using var reply = await run.Shop.Gateway.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"/api/products/SKU-{500 + number:D4}"), UriKind.Relative), cancellationToken);
            statuses.Add((int)reply.StatusCode);
        }

        return statuses;
    }
}
