namespace Resilience.ConnectionPools;

/// <summary>One who waits for a connection, asynchronously or with his thread.</summary>
/// <remarks>
/// Decided under the pool's lock, exactly once, and told outside of it. A thread that is blocked on the task is woken by who tells, without the
/// thread pool, which may be full of blocked threads.
/// </remarks>
internal sealed class PoolWaiter<T>(long since, long due, PoolRefusalReason dueReason)
    : TaskCompletionSource<Grant<T>>(TaskCreationOptions.RunContinuationsAsynchronously)
    where T : class
{
    private Grant<T> _grant;

    public long Since { get; } = since;

    /// <summary>Gets when waiting is over, in the clock's milliseconds, and <see cref="DueReason"/> is what it is told then.</summary>
    public long Due { get; } = due;

    public PoolRefusalReason DueReason { get; } = dueReason;

    public bool IsDecided { get; private set; }

    public void Decide(PoolEntry<T>? entry, PoolRefusalReason? refusal, long now)
    {
        IsDecided = true;
        _grant = new(entry, refusal, Math.Max(0, now - Since));
    }

    public void Tell() => SetResult(_grant);
}
