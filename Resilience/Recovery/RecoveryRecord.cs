namespace Resilience.Recovery;

/// <summary>A line of the audit trail: what was found, and what was done about it.</summary>
/// <param name="At">When it was written: after the action, if there was one.</param>
/// <param name="Procedure">The procedure's name.</param>
/// <param name="Finding">What was wrong, in the procedure's words.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Suppression">Why the action was held back, if it was. Written once for as long as a reason lasts.</param>
/// <param name="Duration">How long acting and verifying took together; zero when nothing was done.</param>
/// <param name="Detail">What the action threw, or what follows; null when there is nothing to say.</param>
public sealed record RecoveryRecord(
    DateTimeOffset At,
    string Procedure,
    string Finding,
    RecoveryResult Result,
    RecoverySuppression Suppression,
    TimeSpan Duration,
    string? Detail);
