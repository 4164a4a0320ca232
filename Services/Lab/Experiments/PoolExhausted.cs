using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>One route of inventory gets slow and asks for more connections than the pool has: with its own limit, and without.</summary>
public static class PoolExhausted
{
    private const string SlowSku = "SKU-0300";
    private const double LeastGoodput = 0.95;
    private const int PageSizes = 200;
    private const int Moves = 140;
    private const int Orders = 25;
    private static readonly TimeSpan _good = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _filling = TimeSpan.FromSeconds(2); // 40 moves: more than there are connections
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(10);
    private static readonly Finding<double> _before = new("goodput before");
    private static readonly Finding<Outcome> _guarded = new("with the limit");
    private static readonly Finding<Outcome> _unguarded = new("without the limit");

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "pool-exhausted",
        Title = "A slow route leaves the pool of connections to the others.",
        Description =
            "40 reads of the catalogue arrive each second, none of which the cache can answer, and 5 orders. A transaction holds the row of one product's stock for 8 s, and 20 moves of that product arrive each second. "
            + "At least 95 % as many reads are answered within a second as before; every order is accepted; moves beyond the limit get a 503. The control is the same load "
            + "without the limit on stock moves: it takes the reads below that. One pool of 25 connections, on one machine.",
        Seed = 400,
        SteadyState = SteadyStates.Confirming,
        Method =
        [
            new("read as before the fault", static async (run, cancellationToken) => run.Store(_before, GoodputOf(await ReadAsync(run, run.Seed, cancellationToken)))),
            new("lock the row, with the limit on stock moves", static async (run, cancellationToken) => run.Store(_guarded, await LockAsync(run, run.Seed + 1, cancellationToken))),
            new("restart inventory without the limit", static (run, cancellationToken) =>
                run.Shop.RestartAsync("inventory", cancellationToken, ("Resilience__Database__StockMoves__MaxConcurrency", "100000"))),
            ShopSteps.WaitForSteadyState,
            new("lock the row, without the limit on stock moves", static async (run, cancellationToken) => run.Store(_unguarded, await LockAsync(run, run.Seed + 2, cancellationToken))),
        ],
        Rollbacks = [new("restart inventory with its usual settings", static (run, cancellationToken) => run.Shop.RestartAsync("inventory", cancellationToken))],
        Hypothesis =
        [
            Probe.Of("keys of both flows without an answer", Tolerance.None, static run => Measurement.CountOf(run.Read(_guarded).Unanswered.Concat(run.Read(_unguarded).Unanswered))),
            Probe.Of("goodput of the reads with the limit, as a share of before", Tolerance.AtLeast(LeastGoodput), static run => run.Read(_guarded).Goodput / run.Read(_before)),
            Probe.Of("goodput of the reads without the limit, as a share of before", Tolerance.AtMost(Math.BitDecrement(LeastGoodput)), static run => run.Read(_unguarded).Goodput / run.Read(_before)),
            Probe.Of("orders accepted with the limit", Tolerance.Exactly(Orders), static run => run.Read(_guarded).Accepted),
            Probe.Of("moves refused with the limit", Tolerance.Some, static run => run.Read(_guarded).Moves.Count(static status => status is HttpStatusCode.ServiceUnavailable)),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture, $"Before it {run.Read(_before):P1} of the reads were good. With a limit of their own for stock moves: {run.Read(_guarded)}. Without: {run.Read(_unguarded)}."),
    };

    private static async Task<Outcome> LockAsync(ExperimentRun run, int seed, CancellationToken cancellationToken)
    {
        var journal = new Journal();
        var flow = run.FlowOf(seed, journal);
        var ids = Enumerable.Range(0, Moves).Select(static _ => Guid.NewGuid()).ToArray();

        Task<HttpStatusCode[]> moves;
        Task orders;
        bool[] reads;
        await using (await run.Shop.LockStockAsync(SlowSku, cancellationToken))
        {
            moves = PacedAsync(run, ids.Length, perSecond: 20, number => MoveAsync(run, ids[number], cancellationToken), cancellationToken);
            await run.WaitAsync(_filling, cancellationToken);
            orders = flow.RunAsync(Orders, perSecond: 5, cancellationToken);
            reads = await ReadAsync(run, seed, cancellationToken);
        }

        await orders;
        var outcome = new Outcome(
            journal.Entries.Count(static entry => entry.Status is 201 or 202), GoodputOf(reads), await moves, await flow.SettleUnknownsAsync(journal, _healWithin, cancellationToken));

        // What came through when the row was free again isn't an order's: nobody will buy it.
        foreach (var id in ids)
        {
            using var released = await run.Shop.Inventory.PostAsync(new Uri($"/reservations/{id}/release", UriKind.Relative), content: null, cancellationToken);
            released.EnsureSuccessStatusCode();
        }

        foreach (var entry in journal.Entries)
        {
            run.Journal.Add(entry);
        }

        return outcome;
    }

    private static double GoodputOf(bool[] reads) => (double)reads.Count(static good => good) / reads.Length;

    private static Task<bool[]> ReadAsync(ExperimentRun run, int seed, CancellationToken cancellationToken) =>
        PacedAsync(run, (int)(200 * run.LoadRatio), 40 * run.LoadRatio, number => IsGoodReadAsync(run, (seed * 1000) + number, cancellationToken), cancellationToken);

    private static async Task<HttpStatusCode> MoveAsync(ExperimentRun run, Guid orderId, CancellationToken cancellationToken)
    {
        using var reply = await run.Shop.Inventory.PutAsJsonAsync(
            $"/reservations/{orderId}", new { lines = new[] { new { sku = SlowSku, quantity = 1 } } }, cancellationToken);
        return reply.StatusCode;
    }

    // Each asks for another part of the catalogue, so the cache has none of them.
    private static async Task<bool> IsGoodReadAsync(ExperimentRun run, int number, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        using var reply = await run.Shop.Gateway.GetAsync(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"/api/products?page={1 + (number / PageSizes)}&size={1 + (number % PageSizes)}"), UriKind.Relative), cancellationToken);
        return reply.StatusCode is HttpStatusCode.OK && run.Clock.GetElapsedTime(began) < _good;
    }

    private static async Task<T[]> PacedAsync<T>(ExperimentRun run, int count, double perSecond, Func<int, Task<T>> send, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        var sent = new List<Task<T>>(count);
        for (var number = 0; number < count; number++)
        {
            await run.WaitAsync(TimeSpan.FromSeconds(number / perSecond) - run.Clock.GetElapsedTime(began), cancellationToken);
            sent.Add(send(number));
        }

        return await Task.WhenAll(sent);
    }

    private sealed record Outcome(int Accepted, double Goodput, IReadOnlyList<HttpStatusCode> Moves, IReadOnlyList<string> Unanswered)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Goodput:P1} of the reads were good, {Accepted} of {Orders} orders accepted, moves of the slow product {Moves.Select(static status => (int?)status).ByStatus()}");
    }
}
