namespace Resilience.ObjectPools;

/// <content>What is done to the objects while nobody asks for them.</content>
public sealed partial class TrackedObjectPool<T>
{
    private readonly Lock _lock = new();
    private readonly long[]? _expires;
    private WeakReference<T>?[]? _faded;
    private long[]? _seenLast;
    private bool _isClosed;

    /// <summary>Throws idle objects away, those first that have been needed least.</summary>
    /// <param name="share">How many of the idle ones, from 0 to 1.</param>
    /// <returns>How many were thrown away.</returns>
    public int Trim(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);

        return Trim((int)Math.Ceiling(share * Snapshot().Idle), static (_, _) => true);
    }

    /// <summary>Throws every idle object away, refuses those who wait and those who come, and throws away at its return what is out.</summary>
    public void Dispose()
    {
        lock (_queueLock)
        {
            _isClosed = true;
        }

        Volatile.Write(ref _isCareful, true);
        Interlocked.MemoryBarrierProcessWide(); // a return that has not seen it has made its object visible to us
        ObjectPoolTelemetry.Forget(this);
        Attend();
    }

    /// <summary>Throws away what has come of age, and more when memory is short; finds what its renters have lost.</summary>
    /// <param name="memoryLoad">The share of the memory that the runtime calls a high load.</param>
    void ITrackedPool.KeepUp(double memoryLoad)
    {
        // The shares and thresholds of the runtime's own array pool.
        if (_options.TrimsUnderPressure && memoryLoad >= 0.7)
        {
            Trim(memoryLoad >= 0.9 ? 1 : 0.5);
        }

        if (_expires is not null)
        {
            Trim(int.MaxValue, static (pool, slot) => pool.IsExpired(slot));
        }

        if (Fade() && _isCareful)
        {
            Attend();
        }
    }

    private int Trim(int count, Func<TrackedObjectPool<T>, int, bool> which)
    {
        var trimmed = 0;
        for (var slot = _slots.Capacity - 1; slot >= 0 && trimmed < count; slot--) // the last are the coldest
        {
            if (which(this, slot) && _slots.TryClaim(slot, SlotState.Idle))
            {
                ref var item = ref _slots.Item(slot);
                var discarded = item!;
                item = null;
                Volatile.Write(ref _slots.State(slot), SlotState.With(_slots.State(slot), SlotState.Vacant));
                Destroy(discarded);
                trimmed++;
            }
        }

        if (trimmed > 0)
        {
            ServeIfAwaited();
        }

        return trimmed;
    }

    // Makes a claimed slot anybody's, and does what may have come up meanwhile.
    private void Publish(int slot, long state)
    {
        Interlocked.Exchange(ref _slots.State(slot), state);
        if (_isCareful)
        {
            Attend();
        }
    }

    private void Attend()
    {
        if (_isClosed)
        {
            SendAway();
            Trim(int.MaxValue, static (_, _) => true);
        }
        else
        {
            ServeIfAwaited();
        }
    }

    private void ServeIfAwaited()
    {
        Interlocked.MemoryBarrier(); // what we have freed is visible to who begins to wait, or he is to us
        if (Volatile.Read(ref _waiting) != 0)
        {
            Serve();
        }
    }

    private void SetLifetime(int slot)
    {
        if (_expires is not null)
        {
            _expires[slot] = _clock.Now + (long)_options.MaxLifetime!.Value.TotalMilliseconds;
        }
    }

    private bool IsExpired(int slot) => _expires is not null && _expires[slot] <= _clock.Now;

    // What is out since the last time is from now on held weakly; what was held weakly and is gone frees its place.
    private bool Fade()
    {
        var isAnyLost = false;
        lock (_lock)
        {
            _faded ??= new WeakReference<T>?[_slots.Capacity];
            _seenLast ??= new long[_slots.Capacity];
            for (var slot = 0; slot < _faded.Length; slot++)
            {
                var seen = Volatile.Read(ref _slots.State(slot));
                if (SlotState.KindOf(seen) == SlotState.Out && _seenLast[slot] == seen && _slots.Item(slot) is { } item)
                {
                    _faded[slot] = new(item);
                    if (_slots.TryMove(slot, seen, SlotState.With(seen, SlotState.Faded)))
                    {
                        _slots.Item(slot) = null;
                    }
                }
                else if (SlotState.KindOf(seen) == SlotState.Faded && !_faded[slot]!.TryGetTarget(out _))
                {
                    _counters.Count(PoolEvent.Lost);
                    Volatile.Write(ref _slots.State(slot), SlotState.With(seen, SlotState.Busy) + SlotState.BusyToVacant);
                    isAnyLost = true;
                }

                _seenLast[slot] = seen;
            }
        }

        return isAnyLost;
    }

    private bool TryUnfade(T item, out int slot)
    {
        lock (_lock)
        {
            slot = _faded is null ? -1 : Array.FindIndex(_faded, faded => faded is not null && faded.TryGetTarget(out var other) && ReferenceEquals(item, other));
            return slot >= 0 && TryUnfade(item, slot, Volatile.Read(ref _slots.State(slot)));
        }
    }

    private bool TryUnfade(T item, int slot, long seen)
    {
        lock (_lock)
        {
            if (SlotState.KindOf(seen) != SlotState.Faded || !_slots.TryMove(slot, seen, SlotState.With(seen, SlotState.Busy)))
            {
                return false;
            }

            _slots.Item(slot) = item;
            _faded![slot] = null;
            return true;
        }
    }
}
