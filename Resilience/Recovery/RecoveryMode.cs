namespace Resilience.Recovery;

/// <summary>What a recovery does about what it finds.</summary>
public enum RecoveryMode
{
    /// <summary>It looks at nothing.</summary>
    Off,

    /// <summary>It looks, and writes down what it would do. Nothing is done.</summary>
    DryRun,

    /// <summary>It acts.</summary>
    Act,
}
