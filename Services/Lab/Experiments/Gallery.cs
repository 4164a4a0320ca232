using Lab.Running;

namespace Lab.Experiments;

/// <summary>All experiments, for a page, a command line and tests.</summary>
public static class Gallery
{
    /// <summary>Gets the experiments: first what happens to processes, then to resources, then to the network.</summary>
    public static IReadOnlyList<Experiment> All { get; } =
    [
        InventoryKilled.Experiment,
        OrdersReplicaKilled.Experiment,
        PostgresKilled.Experiment,
        RedisKilled.Experiment,
        PostgresStopped.Experiment,
        RollingRestart.Experiment,
        InventorySlowThenDead.Experiment,
        PoolExhausted.Experiment,
        MemoryShort.Experiment,
        BreakersShareState.Experiment,
        CacheDark.Experiment,
        .. BlackHoles.All,
        .. SlowEdges.All,
        .. NarrowEdges.All,
        EdgeFlapping.Experiment,
        ConnectionsReset.Experiment,
        ConnectionsChurning.Experiment,
    ];

    /// <summary>Gets an experiment.</summary>
    /// <param name="name">The experiment's name.</param>
    /// <returns>The experiment.</returns>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static Experiment Find(string name) => All.FirstOrDefault(experiment => experiment.Name == name)
        ?? throw new ArgumentException($"There is no experiment '{name}'. There are {string.Join(", ", All.Select(static experiment => experiment.Name))}.", nameof(name));
}
