namespace Resilience.Recovery;

/// <summary>What a lease is wanted for.</summary>
/// <param name="Recovery">The name of the orchestrator: the same in each instance of a fleet.</param>
/// <param name="Procedure">The procedure's name.</param>
/// <param name="Share">The share of the instances that may act at a time, above 0 and up to 1; one instance always may.</param>
/// <param name="TimeToLive">After which time a lease is free again whose holder is gone: longer than an action and its verification may take.</param>
public sealed record RecoveryLeaseRequest(string Recovery, string Procedure, double Share, TimeSpan TimeToLive);
