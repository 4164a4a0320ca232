using Resilience.Deadlines;

namespace Resilience.ConnectionPools;

/// <content>The line of those who wait, and how it is served.</content>
public sealed partial class ConnectionPool<T>
{
    private readonly LinkedList<PoolWaiter<T>> _line = new();
    private readonly StandingQueue _standing;
    private long _earliestDue = Never;

    /// <summary>Lends a connection to a thread that can't await.</summary>
    internal PooledLease<T> Acquire()
    {
        if (TryLend(out var lease, out var unproven))
        {
            return lease;
        }

        var waiter = Enter(unproven);
#pragma warning disable VSTHRD002 // ADO.NET's Open is synchronous. Who decides the waiter wakes this thread himself, without the thread pool.
        return Accept(waiter.Task.GetAwaiter().GetResult(), CancellationToken.None);
#pragma warning restore VSTHRD002
    }

    private async ValueTask<PooledLease<T>> AcquireSlowlyAsync(PoolEntry<T>? unproven, CancellationToken cancellationToken)
    {
        var waiter = Enter(unproven);
        Grant<T> grant;
        if (waiter.Task.IsCompleted)
        {
            grant = await waiter.Task.ConfigureAwait(false);
        }
        else
        {
            await using var registration = cancellationToken.UnsafeRegister(
                static state =>
                {
                    var (pool, waiter) = ((ConnectionPool<T>, PoolWaiter<T>))state!;
                    pool.GiveUp(waiter);
                },
                (this, waiter)).ConfigureAwait(false);
            grant = await waiter.Task.ConfigureAwait(false);
        }

        return Accept(grant, cancellationToken);
    }

    private PooledLease<T> Accept(Grant<T> grant, CancellationToken cancellationToken)
    {
        if (grant.Entry is { } entry)
        {
            _instruments.RecordWait(Name, grant.Waited);
            return Lend(entry, _clock.Now);
        }

        _counters.CountRefusal(grant.Refusal);
        if (grant.Refusal is not { } reason)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        Telemetry.SpanNotes.Refused("connection_pool", Name);
        lock (_lock)
        {
            throw new ConnectionPoolExhaustedException(reason, TimeSpan.FromMilliseconds(grant.Waited), SnapshotLocked(), _backoff.LastError);
        }
    }

    private PoolWaiter<T> Enter(PoolEntry<T>? unproven)
    {
        var now = _clock.Now;
        var (due, reason) = (now + Milliseconds(_options.AcquireTimeout), PoolRefusalReason.Timeout);
        if (Deadline.Current?.Remaining is { } remaining && remaining != Timeout.InfiniteTimeSpan && now + (long)remaining.TotalMilliseconds < due)
        {
            (due, reason) = (now + (long)remaining.TotalMilliseconds, PoolRefusalReason.Deadline);
        }

        var waiter = new PoolWaiter<T>(now, due, reason);
        Change((ref after) =>
        {
            if (unproven is not null)
            {
                _idle.PushGuarded(unproven);
            }

            Join(ref after, waiter);
        });
        return waiter;
    }

    private void Join(ref Aftermath<T> after, PoolWaiter<T> waiter)
    {
        _isWanted = true;
        PoolRefusalReason? refusal = _isClosed ? PoolRefusalReason.ShuttingDown
            : waiter.Due <= waiter.Since ? waiter.DueReason
            : IsAway && (_creating > 0 || waiter.Since < _backoff.Until) ? PoolRefusalReason.ServerAway : null;
        if (refusal is not null)
        {
            Decide(ref after, waiter, null, refusal, waiter.Since);
            return;
        }

        if (_line.Count == 0)
        {
            _standing.Begins(waiter.Since);
        }

        _line.AddLast(waiter);
        _earliestDue = Math.Min(_earliestDue, waiter.Due);
    }

    private void GiveUp(PoolWaiter<T> waiter) => Change((ref after) =>
    {
        if (!waiter.IsDecided)
        {
            _line.Remove(waiter);
            Decide(ref after, waiter, null, null, _clock.Now);
        }
    });

    private static void Decide(ref Aftermath<T> after, PoolWaiter<T> waiter, PoolEntry<T>? entry, PoolRefusalReason? refusal, long now)
    {
        waiter.Decide(entry, refusal, now);
        after.Tell(waiter);
    }

    // Under the lock and the guard: from here on, connections come only through here.
    private void ServeLine(ref Aftermath<T> after, long now)
    {
        TurnAway(ref after, now);
        while (_line.Count > 0 && !_isSuspended && _idle.PopGuarded() is { } entry)
        {
            if (!MayBeLent(entry, now))
            {
                BeginClose(ref after, entry);
            }
            else if (now < entry.FreshUntil)
            {
                TryServe(ref after, entry, now);
            }
            else if (_withPool < _line.Count)
            {
                BeginCheck(ref after, entry);
            }
            else
            {
                _idle.PushGuarded(entry); // those below it have lain there for longer: one check for each who waits is enough
                break;
            }
        }
    }

    // Gives a connection that works, this very moment, to who waits first.
    private bool TryServe(ref Aftermath<T> after, PoolEntry<T> entry, long now)
    {
        if (_isSuspended || _line.First is not { } first)
        {
            return false;
        }

        _standing.Served(now, first.Value.Since);
        _line.RemoveFirst();
        Decide(ref after, first.Value, entry, null, now);
        return true;
    }

    private void TurnAway(ref Aftermath<T> after, long now)
    {
        if (_line.Count == 0)
        {
            return;
        }

        PoolRefusalReason? all = _isClosed ? PoolRefusalReason.ShuttingDown : IsAway && now < _backoff.Until ? PoolRefusalReason.ServerAway : null;
        if (!WaitsForOthers)
        {
            _standing.Clear();
        }
        else if (_line.First is { } first)
        {
            _standing.Waits(now, first.Value.Since);
        }

        // Who has waited for longest is first, but whose deadline is nearest may be anywhere.
        var late = now >= _earliestDue;
        _earliestDue = late ? Never : _earliestDue;
        for (var (node, next) = (_line.First, _line.First?.Next); node is not null; (node, next) = (next, next?.Next))
        {
            var waiter = node.Value;
            PoolRefusalReason? refusal = all ?? (now >= waiter.Due ? waiter.DueReason
                : _standing.Stands(now) && now >= _standing.PatienceEnds(waiter.Since) ? PoolRefusalReason.StandingQueue : null);
            if (refusal is not null)
            {
                _line.Remove(node);
                Decide(ref after, waiter, null, refusal, now);
            }
            else if (late)
            {
                _earliestDue = Math.Min(_earliestDue, waiter.Due);
            }
            else
            {
                break; // who is behind came later and has more patience left
            }
        }
    }
}
