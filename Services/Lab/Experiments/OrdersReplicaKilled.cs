using Lab.Running;

namespace Lab.Experiments;

/// <summary>One of two replicas of orders is killed while orders arrive: the one that serves most of them.</summary>
public static class OrdersReplicaKilled
{
    private const string Service = "orders";
    private const int Recent = 50;

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } =
        KilledUnderLoad.Of("orders-replica-killed", "When a replica of orders dies, no more is unknown than what it was working on.", Service, seed: 102, Busiest);

    // The host's proxy spreads connections, so one replica may have nothing to do: its death would show nothing.
    private static string Busiest(ExperimentRun run)
    {
        var busiest = run.Shop.RequestsTo(Service)
            .Where(static request => request is { Method: "POST", Path: "/orders" })
            .TakeLast(Recent)
            .GroupBy(static request => request.Instance, StringComparer.Ordinal)
            .MaxBy(static requests => requests.Count())?.Key;
        var replicas = run.Shop.InstancesOf(Service);
        return replicas.FirstOrDefault(replica => busiest is { Length: > 0 } && replica.EndsWith(busiest, StringComparison.Ordinal)) ?? replicas[0];
    }
}
