namespace Resilience.ConnectionPools;

/// <summary>How an attempt to get a connection went.</summary>
/// <param name="Entry">What is lent; null when nothing is.</param>
/// <param name="Refusal">Why nothing is; null when something is, or the caller gave up.</param>
/// <param name="Waited">For how many milliseconds it waited.</param>
internal readonly record struct Grant<T>(PoolEntry<T>? Entry, PoolRefusalReason? Refusal, long Waited)
    where T : class;
