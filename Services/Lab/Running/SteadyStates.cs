using System.Net.Http.Json;
using System.Text.Json;

namespace Lab.Running;

/// <summary>The steady states of the shop.</summary>
public static class SteadyStates
{
    private const int Created = 201;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private static readonly Probe _confirmed = new(
        "status of a customer's order",
        Tolerance.Exactly(Created),
        static async (run, cancellationToken) =>
            (await run.Prober.PlaceAsync($"steady-{Guid.NewGuid():N}", [run.NextLine()], _patience, cancellationToken)).Status ?? double.NaN);

    // The host's proxy spreads connections, not requests: one customer at a time may always reach the same replica.
    private static readonly Probe _everyReplica = new(
        "replicas of orders that don't confirm an order",
        Tolerance.None,
        static async (run, cancellationToken) =>
            Measurement.CountOf((await OrdersReplicas.OrderAtEachAsync(run, cancellationToken)).Where(static placed => placed.Status != Created)))
    {
        IsSampled = false,
    };

    private static readonly Probe _cached = new(
        "inventory's cache is in use",
        Tolerance.Yes,
        static async (run, cancellationToken) =>
        {
            var pipelines = await run.Shop.Inventory.GetFromJsonAsync<JsonElement>("/resilience", cancellationToken);
            var cache = pipelines.EnumerateArray().Single(static pipeline => pipeline.GetProperty("name").GetString() == "inventory-cache");
            return cache.GetProperty("strategies")[0].GetProperty("state").GetProperty("state").GetString() == "closed";
        });

    /// <summary>Gets the state in which inventory confirms every order at once.</summary>
    public static SteadyState Confirming { get; } = new("Every order is confirmed at once.", [_confirmed, _everyReplica]);

    /// <summary>Gets the same with the cache in use: its breaker opens too, and orders are confirmed without it.</summary>
    public static SteadyState ConfirmingWithCache { get; } = new("Every order is confirmed at once, and inventory uses its cache.", [_confirmed, _everyReplica, _cached]);
}
