using System.Text.Json;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>The two replicas of orders share their breakers' states over Redis, do without it, and find each other again.</summary>
public static class BreakersShareState
{
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(60); // that it comes about is the claim; how soon, Resilience.Redis.Tests measure
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "breakers-share-state",
        Title = "Replicas share their breakers' states over Redis, and do without it.",
        Description =
            "Each replica of orders shows one peer. Redis is killed: each shows none, and orders are confirmed as before. Redis is started again: they find each other. "
            + "Inventory is killed: each is told that the other's breaker is open, which makes it suspicious and no more: of two, none is believed.",
        Seed = 502,
        SteadyState = SteadyStates.Confirming,
        Method =
        [
            Until("each replica shows one peer", static peers => peers is { } shown && shown.GetProperty("peers").GetInt32() == 1),
            new("kill Redis", static (run, cancellationToken) => run.Shop.KillAsync("cache", cancellationToken)),
            Until("each replica shows no peer", static peers => peers is null),
            ShopSteps.WaitForSteadyState, // orders are confirmed without Redis
            ShopSteps.Start("cache"),
            Until("each replica shows one peer again", static peers => peers is { } shown && shown.GetProperty("peers").GetInt32() == 1),
            new("kill inventory", static (run, cancellationToken) => run.Shop.KillAsync("inventory", cancellationToken)),
            Until("each replica suspects inventory", static peers => peers is { } shown && shown.GetProperty("openPeers").GetInt32() == 1 && shown.GetProperty("verdict").GetString() == "suspicious"),
            ShopSteps.Start("inventory"),
            ShopSteps.WaitForSteadyState,
            Until("no replica suspects inventory", static peers => peers is { } shown && shown.GetProperty("verdict").GetString() == "none"),
        ],
        Rollbacks = [ShopSteps.Start("cache"), ShopSteps.Start("inventory")],
        Hypothesis = [],
        Figures = static run => string.Join(", ", run.Experiment.Method.Where(static step => step.Name.Contains("replica", StringComparison.Ordinal)).Select(step => FormattableString.Invariant($"{step.Name} after {(run.Ended(step.Name) - run.Began(step.Name)).TotalSeconds:F1} s"))) + ".",
    };

    // Each at some moment, since what one opens another may close again. Orders go on arriving, or no breaker would find anything out.
    private static ExperimentStep Until(string name, Func<JsonElement?, bool> holds) => new(name, async (run, cancellationToken) =>
    {
        var open = run.Shop.InstancesOf("orders").ToHashSet(StringComparer.Ordinal);
        var last = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var began = run.Clock.GetTimestamp(); open.Count > 0; await run.WaitAsync(_pace, cancellationToken))
        {
            if (run.Clock.GetElapsedTime(began) > _within)
            {
                throw new TimeoutException($"Not so within {_within}: {name}. Last: {string.Join(' ', last)}");
            }

            await OrdersReplicas.OrderAtEachAsync(run, cancellationToken);
            foreach (var replica in run.Shop.InstancesOf("orders"))
            {
                var peers = await OrdersReplicas.BreakerAsync(run, replica, cancellationToken) is { } breaker && breaker.GetProperty("peers") is { ValueKind: JsonValueKind.Object } shown ? shown : (JsonElement?)null;
                last[replica] = peers?.GetRawText() ?? "none";
                if (holds(peers))
                {
                    open.Remove(replica);
                }
            }
        }
    });
}
