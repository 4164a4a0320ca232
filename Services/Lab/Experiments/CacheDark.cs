using System.Globalization;
using System.Net;
using Lab.Running;
using Lab.Shopping;

namespace Lab.Experiments;

/// <summary>Redis disappears in a black hole: connections stay, what is sent is taken, and nothing comes back.</summary>
public static class CacheDark
{
    private const int LastOrders = 5;
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15); // longer than the gateway's deadline
    private static readonly TimeSpan _mostDelay = TimeSpan.FromMilliseconds(100);
    private static readonly Finding<Reads> _before = new("reads before");
    private static readonly Finding<Reads> _during = new("reads in the dark");

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "cache-dark",
        Title = "Redis in a black hole costs no answer and hardly any time.",
        Description =
            "Products are read at a steady pace, one in five for the first time, and an order arrives now and then. Everything between the services and Redis is held back, both ways, for six seconds. "
            + "Every read is answered with 200 and every order is confirmed; the reads' p99 rises by less than 100 ms.",
        Seed = 661,
        SteadyState = SteadyStates.ConfirmingWithCache,
        Method =
        [
            new("read until all code is compiled", static (run, cancellationToken) => ReadAsync(run, firstSku: 500, _warmUp, cancellationToken)),
            new("read before the fault", static async (run, cancellationToken) => run.Store(_before, await ReadAsync(run, firstSku: 100, _phase, cancellationToken))),
            new("hold everything to Redis back, both ways", static (run, cancellationToken) => run.Shop.AddFaultBothWaysAsync("cache", "timeout", new { timeout = 0 }, cancellationToken)),
            new("read in the dark", static async (run, cancellationToken) => run.Store(_during, await ReadAsync(run, firstSku: 300, _phase, cancellationToken))),
            ShopSteps.ResetEdges,
        ],
        Rollbacks = [ShopSteps.ResetEdges],
        Hypothesis =
        [
            Probe.Of("reads that failed before", Tolerance.None, static run => run.Read(_before).Failed),
            Probe.Of("reads that failed in the dark", Tolerance.None, static run => run.Read(_during).Failed),
            Probe.Of("how much the reads' p99 rose", Tolerance.Within(_mostDelay), static run => run.Read(_during).P99 - run.Read(_before).P99),
            Probe.Of("of the last five orders, those confirmed at once", Tolerance.Exactly(LastOrders), static run => run.Journal.Entries.TakeLast(LastOrders).Count(static entry => entry.Status == 201)),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"Reads: p99 {run.Read(_before).P99.TotalMilliseconds:F0} ms before, {run.Read(_during).P99.TotalMilliseconds:F0} ms in the dark, slowest {run.Read(_during).Slowest.TotalMilliseconds:F0} ms, of {run.Read(_during).Count}."),
    };

    private static async Task<Reads> ReadAsync(ExperimentRun run, int firstSku, TimeSpan phase, CancellationToken cancellationToken)
    {
        var reads = new List<Task<(HttpStatusCode Status, TimeSpan Took)>>();
        var orders = new List<Task>();
        var began = run.Clock.GetTimestamp();
        for (var number = 0; run.Clock.GetElapsedTime(began) < phase; number++)
        {
            // One in five is a product that was never read, so that the cache can't help.
            reads.Add(ReadAsync(run, string.Create(CultureInfo.InvariantCulture, $"SKU-{(number % 5 == 0 ? firstSku + (number / 5) : 1 + (number % 40)):D4}"), cancellationToken));
            if (number % 20 == 0)
            {
                orders.Add(run.Client.PlaceAsync($"dark-cache-{Guid.NewGuid():N}", [new OrderedLine("SKU-0043", 1)], _patience, cancellationToken));
            }

            await run.WaitAsync(_pace, cancellationToken);
        }

        await Task.WhenAll(orders);
        var answers = await Task.WhenAll(reads);
        var times = answers.Select(static answer => answer.Took).Order().ToList();
        return new(answers.Length, answers.Count(static answer => answer.Status != HttpStatusCode.OK), times[times.Count * 99 / 100], times[^1]);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan Took)> ReadAsync(ExperimentRun run, string sku, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        using var reply = await run.Shop.Gateway.GetAsync(new Uri($"/api/products/{sku}", UriKind.Relative), cancellationToken);
        return (reply.StatusCode, run.Clock.GetElapsedTime(began));
    }

    private sealed record Reads(int Count, int Failed, TimeSpan P99, TimeSpan Slowest);
}
