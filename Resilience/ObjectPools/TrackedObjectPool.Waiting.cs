using Resilience.Deadlines;

namespace Resilience.ObjectPools;

/// <content>Those who wait for an object of a bounded pool.</content>
public sealed partial class TrackedObjectPool<T>
{
    private readonly Lock _queueLock = new();
    private readonly LinkedList<TaskCompletionSource<Taken<T>>> _queue = new();
    private int _waiting; // as many as the queue holds; while it isn't zero, nobody takes an object past them

    /// <summary>Takes an object as a lease, and waits for one when the pool is bounded and all are out.</summary>
    /// <remarks>Who has waited longest is served first, and nobody waits beyond <see cref="Deadline.Current"/>.</remarks>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lease; dispose it to return the object. To be awaited once, and to be awaited.</returns>
    /// <exception cref="ObjectPoolExhaustedException">No object was to be had in time; <see cref="ObjectPoolExhaustedException.Reason"/> says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before there was an object.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public ValueTask<PoolLease<T>> RentAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PoolLease<T>>(cancellationToken);
        }

        return TryRent(out var lease) ? new(lease) : WaitAsync(cancellationToken);
    }

    private async ValueTask<PoolLease<T>> WaitAsync(CancellationToken cancellationToken)
    {
        var began = _clock.Now;
        var left = Deadline.Current?.Remaining ?? Timeout.InfiniteTimeSpan;
        var isDeadlineFirst = left != Timeout.InfiniteTimeSpan && left < _options.MaxWait;
        var waiter = Join();
        Serve(); // an object may have come back before there was somebody to hand it to
        Taken<T> taken;
        try
        {
            taken = await waiter.Value.Task.WaitAsync(isDeadlineFirst ? left : _options.MaxWait, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (TryLeave(waiter))
        {
            throw Exhausted(isDeadlineFirst ? ObjectPoolExhaustion.Deadline : ObjectPoolExhaustion.WaitTimeout, TimeSpan.FromMilliseconds(_clock.Now - began));
        }
        catch (OperationCanceledException) when (TryLeave(waiter))
        {
            throw;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            taken = await waiter.Value.Task.ConfigureAwait(false); // it was served at the same moment
        }

        ObjectPoolTelemetry.Waited(Name, TimeSpan.FromMilliseconds(_clock.Now - began));
        var item = Fill(taken, out var place);
        return new(this, item, place);
    }

    private LinkedListNode<TaskCompletionSource<Taken<T>>> Join()
    {
        lock (_queueLock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_queue.Count < _options.MaxWaiters)
            {
                var waiter = _queue.AddLast(new TaskCompletionSource<Taken<T>>(TaskCreationOptions.RunContinuationsAsynchronously));
                Interlocked.Increment(ref _waiting); // a full fence: who returns an object sees this, or we see the object
                return waiter;
            }
        }

        throw Exhausted(ObjectPoolExhaustion.TooManyWaiters, TimeSpan.Zero);
    }

    private bool TryLeave(LinkedListNode<TaskCompletionSource<Taken<T>>> waiter)
    {
        lock (_queueLock)
        {
            if (waiter.List is null)
            {
                return false;
            }

            _queue.Remove(waiter);
            Interlocked.Decrement(ref _waiting);
            return true;
        }
    }

    // Hands slots to those who wait. A slot without an object is filled by whoever gets it: no code of the policy runs under the lock.
    private void Serve()
    {
        lock (_queueLock)
        {
            while (_queue.First is { } waiter)
            {
                var taken = _slots.TakeAny();
                if (taken.Slot < 0)
                {
                    return;
                }

                _queue.RemoveFirst();
                Interlocked.Decrement(ref _waiting);
                waiter.Value.SetResult(taken);
            }
        }
    }

    private void SendAway()
    {
        lock (_queueLock)
        {
            while (_queue.First is { } waiter)
            {
                _queue.RemoveFirst();
                Interlocked.Decrement(ref _waiting);
                waiter.Value.SetException(new ObjectDisposedException(Name, $"Object pool '{Name}' was disposed while a rent waited for it."));
            }
        }
    }

    private ObjectPoolExhaustedException Exhausted(ObjectPoolExhaustion reason, TimeSpan waited)
    {
        _counters.Count(PoolEvent.Refused);
        return new(Snapshot(), reason, waited);
    }
}
