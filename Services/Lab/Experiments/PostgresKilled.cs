using Lab.Running;

namespace Lab.Experiments;

/// <summary>PostgreSQL is killed while orders arrive.</summary>
public static class PostgresKilled
{
    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } =
        KilledUnderLoad.Of("postgres-killed", "Orders are refused while PostgreSQL is dead, and none is lost or made twice.", "postgres", seed: 103);
}
