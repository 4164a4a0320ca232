namespace Resilience.ConnectionPools;

/// <summary>What is to be done once the pool's lock is released: whatever wakes somebody, starts something or calls somebody else's code.</summary>
internal struct Aftermath<T>
    where T : class
{
    /// <summary>Gets or sets how many connections are to be made.</summary>
    public int Connects { get; set; }

    /// <summary>Gets or sets when something is due next.</summary>
    public long Due { get; set; }

    public List<PoolWaiter<T>>? Decided { get; private set; }

    public List<T>? Closes { get; private set; }

    public List<PoolEntry<T>>? Checks { get; private set; }

    public List<ConnectionLeak>? Leaks { get; private set; }

    public void Tell(PoolWaiter<T> waiter) => (Decided ??= []).Add(waiter);

    public void Close(T connection) => (Closes ??= []).Add(connection);

    public void Check(PoolEntry<T> entry) => (Checks ??= []).Add(entry);

    public void Report(ConnectionLeak leak) => (Leaks ??= []).Add(leak);
}
