using Lab.Running;

namespace Lab.Experiments;

/// <summary>Redis is killed while orders arrive.</summary>
public static class RedisKilled
{
    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } =
        KilledUnderLoad.Of("redis-killed", "Orders are confirmed while Redis is dead.", "cache", seed: 104);
}
