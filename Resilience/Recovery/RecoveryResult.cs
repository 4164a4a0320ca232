namespace Resilience.Recovery;

/// <summary>What came of a finding.</summary>
public enum RecoveryResult
{
    /// <summary>The action ended, and after it what was wrong was so no more.</summary>
    Verified,

    /// <summary>The action ended, and what was wrong still was when the time to verify was over.</summary>
    Unverified,

    /// <summary>The action threw.</summary>
    Failed,

    /// <summary>The action took too long. It may still be running, and while it is, no other begins.</summary>
    Abandoned,

    /// <summary>The action would have been taken.</summary>
    DryRun,

    /// <summary>The action was held back; <see cref="RecoverySuppression"/> says why.</summary>
    Suppressed,

    /// <summary>Somebody armed the procedure anew by hand.</summary>
    Rearmed,
}
