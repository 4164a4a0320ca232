namespace Resilience.ConnectionPools;

/// <summary>What a pool has done, besides lending, which the entries count. Safe for concurrent use.</summary>
internal sealed class PoolCounters
{
    private readonly long[] _refusals = new long[(int)PoolRefusalReason.ShuttingDown + 1];
    private long _created;
    private long _destroyed;
    private long _connectFailures;
    private long _cancelled;
    private long _staleReturns;
    private long _leaks;

    public long Created => Volatile.Read(ref _created);

    public long Destroyed => Volatile.Read(ref _destroyed);

    public long ConnectFailures => Volatile.Read(ref _connectFailures);

    public long Cancelled => Volatile.Read(ref _cancelled);

    public long StaleReturns => Volatile.Read(ref _staleReturns);

    public long Leaks => Volatile.Read(ref _leaks);

    public long Refused(PoolRefusalReason reason) => Volatile.Read(ref _refusals[(int)reason]);

    public void CountCreated() => Interlocked.Increment(ref _created);

    public void CountDestroyed() => Interlocked.Increment(ref _destroyed);

    public void CountConnectFailure() => Interlocked.Increment(ref _connectFailures);

    public void CountStaleReturn() => Interlocked.Increment(ref _staleReturns);

    public void CountLeak() => Interlocked.Increment(ref _leaks);

    /// <summary>Counts one who got none; null is one who gave up.</summary>
    public void CountRefusal(PoolRefusalReason? reason) => Interlocked.Increment(ref reason is null ? ref _cancelled : ref _refusals[(int)reason]);
}
