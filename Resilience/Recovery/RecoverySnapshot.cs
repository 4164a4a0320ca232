namespace Resilience.Recovery;

/// <summary>How a recovery is doing.</summary>
public sealed record RecoverySnapshot
{
    /// <summary>Gets the name that its owner gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what is done about what is found.</summary>
    public required RecoveryMode Mode { get; init; }

    /// <summary>Gets how many actions may be taken now; less than one is none.</summary>
    public required double ActionsAvailable { get; init; }

    /// <summary>Gets the procedure whose action runs or is verified, one that was abandoned included; null when none does.</summary>
    public required string? Acting { get; init; }

    /// <summary>Gets every procedure.</summary>
    public required IReadOnlyList<ProcedureSnapshot> Procedures { get; init; }

    /// <summary>Gets the audit trail, the newest line first.</summary>
    public required IReadOnlyList<RecoveryRecord> Records { get; init; }
}
