using System.Net.Http.Json;
using System.Text.Json;
using Lab.Shopping;

namespace Lab.Running;

/// <summary>Reaches each replica of orders itself, as the gateway does: a customer reaches whichever the gateway has a connection to.</summary>
internal static class OrdersReplicas
{
    private const string Service = "orders";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(12);

    /// <summary>Places one order at each replica.</summary>
    /// <returns>The status of each answer; null for a replica that gave none.</returns>
    public static async Task<IReadOnlyList<(string Replica, int? Status)>> OrderAtEachAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var placed = new List<(string Replica, int? Status)>();
        foreach (var replica in run.Shop.InstancesOf(Service))
        {
            placed.Add((replica, await OrderAtAsync(run, replica, cancellationToken)));
        }

        return placed;
    }

    /// <summary>Reads what the breaker to inventory, at one replica, says of itself.</summary>
    /// <returns>Its state; null while the replica has not called inventory yet.</returns>
    public static async Task<JsonElement?> BreakerAsync(ExperimentRun run, string replica, CancellationToken cancellationToken)
    {
        using var client = run.Shop.ConnectTo(replica);
        var pipelines = await client.GetFromJsonAsync<JsonElement>("/resilience", cancellationToken);
        foreach (var pipeline in pipelines.EnumerateArray().Where(static pipeline => pipeline.GetProperty("name").GetString() == "inventory"))
        {
            foreach (var strategy in pipeline.GetProperty("strategies").EnumerateArray())
            {
                if (strategy.GetProperty("kind").GetString() == "circuit-breaker")
                {
                    return strategy.GetProperty("state");
                }
            }
        }

        return null;
    }

    /// <summary>Reads the states of all replicas' breakers to inventory.</summary>
    /// <returns>The states, one for each replica.</returns>
    public static async Task<IReadOnlyList<string>> BreakerStatesAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var states = new List<string>();
        foreach (var replica in run.Shop.InstancesOf(Service))
        {
            states.Add((await BreakerAsync(run, replica, cancellationToken))?.GetProperty("state").GetString() ?? "not called yet");
        }

        return states;
    }

    /// <summary>Places orders at all replicas until each one's breaker to inventory is closed: a breaker finds out from calls.</summary>
    /// <returns>How long it took; null if it took longer than it may.</returns>
    public static async Task<TimeSpan?> UntilClosedAsync(ExperimentRun run, TimeSpan within, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        while (!(await BreakerStatesAsync(run, cancellationToken)).All(static state => state == "closed"))
        {
            if (run.Clock.GetElapsedTime(began) > within)
            {
                return null;
            }

            await OrderAtEachAsync(run, cancellationToken);
            await run.WaitAsync(TimeSpan.FromMilliseconds(100), cancellationToken);
        }

        return run.Clock.GetElapsedTime(began);
    }

    private static async Task<int?> OrderAtAsync(ExperimentRun run, string replica, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(_patience, run.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var client = run.Shop.ConnectTo(replica);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = ShopClient.ContentOf([run.NextLine()]) };
            request.Headers.Add("Idempotency-Key", $"replica-{Guid.NewGuid():N}");
            request.Headers.Add("X-Client-Id", "key:replica"); // the gateway's name for a customer
            using var reply = await client.SendAsync(request, either.Token);
            return (int)reply.StatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
