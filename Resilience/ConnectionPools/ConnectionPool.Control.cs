namespace Resilience.ConnectionPools;

/// <content>What an operator does to it.</content>
public sealed partial class ConnectionPool<T>
{
    /// <summary>Lends nothing until <see cref="Resume"/>: who asks waits, for as long as he may. What is lent comes back as ever.</summary>
    public void Suspend() => Change((ref _) => _isSuspended = true);

    /// <summary>Lends again, to those who waited first.</summary>
    public void Resume() => Change((ref _) => _isSuspended = false);

    /// <summary>Closes every connection there is: the idle ones now, the ones in use when they come back, the ones being made when they are made.</summary>
    /// <remarks>For when the server has moved or the password has changed. Nobody's work is interrupted, and new connections are made meanwhile.</remarks>
    public void EvictAll() => Change((ref after) =>
    {
        _idle.SetGuard(guarded: true); // what is given back from here on comes through the lock
        _generation++;
        _stale = _live;
        foreach (var entry in TakeIdle())
        {
            BeginClose(ref after, entry);
        }
    });

    /// <summary>Changes how many connections there are at most, while it runs.</summary>
    /// <remarks>Raised, connections are made for those who wait. Lowered, idle ones are closed now, and the ones in use when they come back.</remarks>
    /// <param name="maxSize">A number of connections from 1 to 10000, overflow aside.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxSize"/> is outside its range.</exception>
    public void Resize(int maxSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxSize, ConnectionPoolOptions.MostConnections);

        Change((ref _) => _maxSize = maxSize);
    }

    /// <summary>Shuts it, and doesn't wait: who waits is refused, idle connections are closed now, and the ones in use when they come back.</summary>
    public void Dispose()
    {
        Change((ref _) => _isClosed = true);
        _shutdown.Cancel();
        _alarm.Dispose();
    }

    /// <summary>Shuts it, and waits up to <see cref="ConnectionPoolOptions.DrainTimeout"/> until every connection is closed.</summary>
    /// <returns>Done; what is still lent then is closed when it comes back.</returns>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        try
        {
            await _drained.Task.WaitAsync(_options.DrainTimeout, _time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Somebody still has one.
        }

        PoolTelemetry.Forget(this);
    }
}
