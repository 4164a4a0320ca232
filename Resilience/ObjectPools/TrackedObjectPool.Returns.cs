using System.Runtime.CompilerServices;
using Resilience.Interleaving;
using Resilience.Telemetry;

namespace Resilience.ObjectPools;

/// <content>How objects come back.</content>
public sealed partial class TrackedObjectPool<T>
{
    // What was thrown away must not come back by a second return: it is disposed. Entries go with their objects.
    private readonly ConditionalWeakTable<T, object> _destroyed = [];

    /// <summary>Gives an object back.</summary>
    /// <remarks>
    /// An object that is not out is refused and counted. So is one that a bounded pool didn't make; an unbounded one takes it in if there is room.
    /// </remarks>
    /// <param name="obj">The object.</param>
    /// <exception cref="InvalidOperationException">It was not out, and <see cref="ObjectPoolOptions.ThrowOnMisuse"/> is set.</exception>
    public override void Return(T obj) => Return<Unwatched>(obj);

    /// <inheritdoc cref="Return(T)"/>
    /// <typeparam name="TSteps">Nothing in production; a scheduler in the test of interleavings.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Return<TSteps>(T obj)
        where TSteps : struct, ISteps
    {
        ArgumentNullException.ThrowIfNull(obj);
        var slot = _slots.Find(obj);
        if (slot < 0)
        {
            ReturnUnknown(obj, keep: true);
            return;
        }

        TSteps.Reach();
        ref var state = ref _slots.State(slot);
        var seen = state;
        TSteps.Reach();
        var isPlain = !_resets && !_isCareful; // nothing is to be done to it, so it need not be had to oneself for a moment
        var next = seen + (isPlain ? SlotState.OutToIdle : SlotState.Busy - SlotState.Out);
        if (SlotState.KindOf(seen) != SlotState.Out || Interlocked.CompareExchange(ref state, next, seen) != seen)
        {
            ReturnSlowly(obj, slot);
        }
        else if (!isPlain)
        {
            TakeBack(obj, slot, ref state, next, keep: true);
        }
        else if (Volatile.Read(ref _isCareful))
        {
            Attend(); // it was closed meanwhile
        }
    }

    internal void Return(T item, Place place, bool keep)
    {
        if (place.Overflow is { } overflow)
        {
            if (overflow.TryReturn())
            {
                ReturnUnknown(item, keep);
            }
            else
            {
                CountMisuse(PoolEvent.DoubleReturn);
            }
        }
        else if (TryReclaim(item, place))
        {
            TakeBack(item, place.Slot, ref _slots.State(place.Slot), place.State + SlotState.Busy - SlotState.Out, keep);
        }
        else
        {
            CountMisuse(PoolEvent.DoubleReturn);
        }
    }

    // Takes what is out for oneself, whether the pool has come to hold it weakly or not.
    private bool TryReclaim(T item, Place place) =>
        _slots.TryMove(place.Slot, place.State, SlotState.With(place.State, SlotState.Busy))
        || TryUnfade(item, place.Slot, SlotState.With(place.State, SlotState.Faded));

    // The slot is busy, so that nobody else resets, takes or trims its object.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TakeBack(T item, int slot, ref long state, long busy, bool keep)
    {
        if (!keep || _isCareful || (_resets && !IsReusable(item)))
        {
            TakeBackCarefully(item, slot, busy, keep && _isCareful);
            return;
        }

        Volatile.Write(ref state, busy + SlotState.BusyToIdle);
        if (Volatile.Read(ref _isCareful))
        {
            Attend(); // it was closed meanwhile
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeBackCarefully(T item, int slot, long busy, bool keep)
    {
        if (keep && (!_resets || IsReusable(item)) && !_isClosed && !IsExpired(slot))
        {
            Publish(slot, busy + SlotState.BusyToIdle);
            return;
        }

        _slots.Item(slot) = null;
        Publish(slot, busy + SlotState.BusyToVacant);
        Destroy(item);
    }

    // Another thread was quicker, or the object is not out, or it has been out for long.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReturnSlowly(T item, int slot)
    {
        var seen = Volatile.Read(ref _slots.State(slot));
        if (SlotState.KindOf(seen) == SlotState.Faded && TryUnfade(item, slot, seen))
        {
            TakeBack(item, slot, ref _slots.State(slot), SlotState.With(seen, SlotState.Busy), keep: true);
        }
        else
        {
            CountMisuse(PoolEvent.DoubleReturn);
        }
    }

    private void ReturnUnknown(T item, bool keep)
    {
        if (TryUnfade(item, out var slot))
        {
            TakeBack(item, slot, ref _slots.State(slot), _slots.State(slot), keep);
        }
        else if (_destroyed.TryGetValue(item, out _))
        {
            CountMisuse(PoolEvent.DoubleReturn);
        }
        else if (_options.IsBounded)
        {
            CountMisuse(PoolEvent.ForeignReturn);
        }
        else if (_isClosed || !keep || !IsReusable(item) || !TryAdopt(item))
        {
            Destroy(item);
        }
        else if (Volatile.Read(ref _isCareful))
        {
            Attend();
        }
    }

    // Under the lock, so that two returns of one stranger don't give it two slots.
    private bool TryAdopt(T item)
    {
        lock (_lock)
        {
            if (_slots.Find(item) >= 0)
            {
                CountMisuse(PoolEvent.DoubleReturn);
                return true;
            }

            var slot = _slots.ClaimVacant();
            if (slot < 0)
            {
                return false;
            }

            _slots.Item(slot) = item;
            SetLifetime(slot);
            _counters.Count(PoolEvent.Adopted);
            Volatile.Write(ref _slots.State(slot), _slots.State(slot) + SlotState.BusyToIdle); // another word than the last object had
            return true;
        }
    }

    private bool IsReusable(T item)
    {
        try
        {
            return _policy.Return(item);
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception);
            return false;
        }
    }

    private void Destroy(T item)
    {
        _counters.Count(PoolEvent.Discarded);
        if (item is IDisposable disposable && _destroyed.TryAdd(item, this))
        {
            try
            {
                disposable.Dispose();
            }
            catch (Exception exception)
            {
                CallbackErrors.Count(Name, exception);
            }
        }
    }

    private void CountMisuse(PoolEvent misuse)
    {
        _counters.Count(misuse);
        if (_options.ThrowOnMisuse)
        {
            throw new InvalidOperationException(misuse == PoolEvent.DoubleReturn
                ? $"An object of pool '{Name}' was returned that is not out. Return it where it was taken, once; nothing was returned this time."
                : $"An object was returned to pool '{Name}' that this pool did not make. Return it to where it was taken; nothing was returned this time.");
        }
    }
}
