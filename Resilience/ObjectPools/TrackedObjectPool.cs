using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.ObjectPool;
using Resilience.Interleaving;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.ObjectPools;

/// <summary>Keeps objects for reuse, and knows of each whether it is out: the same object is never handed to two renters because somebody returned it twice.</summary>
/// <remarks>
/// Stands wherever an <see cref="ObjectPool{T}"/> is asked for, and takes the same policies. Getting and returning are one compare-and-swap each, without a
/// lock or an allocation, on memory that other cores leave alone. An object that is never returned is collected like any other, and its place is free
/// again. Safe for concurrent use. What only a lease can find is a second return of an object that is out to somebody else by then: where objects
/// travel far, use <see cref="Rent()"/>.
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
public sealed partial class TrackedObjectPool<T> : ObjectPool<T>, ITrackedPool, IDisposable
    where T : class
{
    private readonly SlotTable<T> _slots;
    private readonly IPooledObjectPolicy<T> _policy;
    private readonly ObjectPoolOptions _options;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly PoolCounters _counters = new();
    private readonly bool _resets;
    private bool _isCareful; // something beyond taking and putting back is to be done: waiters, lifetimes, or it is closed

    /// <summary>Initializes a pool, and shows it to who watches the meter.</summary>
    /// <param name="name">What to call it in metrics and messages; a few names for a process, never an id.</param>
    /// <param name="policy">Makes the objects, and says at each return whether the object may be used again. What it throws at a return is swallowed and counted, and the object thrown away.</param>
    /// <param name="options">How many, for how long; the defaults when null. Read once.</param>
    /// <param name="timeProvider">Tells the time and makes timers; the system's when null.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public TrackedObjectPool(string name, IPooledObjectPolicy<T> policy, ObjectPoolOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new();
        OptionRanges.Check(options, $"The object pool '{name}'");

        Name = name;
        _policy = policy;
        _options = options;
        _time = timeProvider ?? SystemTime.Provider;
        _clock = new(_time);
        _slots = new(options.MaxSize);
        _resets = !NeverResets(policy);
        _expires = options.MaxLifetime is null ? null : new long[_slots.Capacity];
        _isCareful = options.IsBounded || _expires is not null;
        ObjectPoolTelemetry.Watch(this);
    }

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    /// <summary>Takes an object, or makes one when none is idle.</summary>
    /// <returns>The object. Give it back with <see cref="Return(T)"/>, once.</returns>
    /// <exception cref="ObjectPoolExhaustedException">It is bounded, and all objects are out.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public override T Get() => Get<Unwatched>();

    /// <inheritdoc cref="Get()"/>
    /// <typeparam name="TSteps">Nothing in production; a scheduler in the test of interleavings.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Get<TSteps>()
        where TSteps : struct, ISteps
    {
        if (!_isCareful && _slots.TakeIdle<TSteps>(_slots.Home, out _, out _) is { } item)
        {
            return item;
        }

        return Take(out _) ?? throw Exhausted(ObjectPoolExhaustion.AllInUse, TimeSpan.Zero);
    }

    /// <summary>Takes an object as a lease, which finds every second return and every use after the first.</summary>
    /// <returns>The lease; dispose it to return the object.</returns>
    /// <exception cref="ObjectPoolExhaustedException">It is bounded, and all objects are out.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public PoolLease<T> Rent() =>
        TryRent(out var lease) ? lease : throw Exhausted(ObjectPoolExhaustion.AllInUse, TimeSpan.Zero);

    /// <summary>Takes an object as a lease, and gives the object at once.</summary>
    /// <param name="item">The object. Don't keep it beyond the lease.</param>
    /// <returns>The lease; dispose it to return the object.</returns>
    /// <exception cref="ObjectPoolExhaustedException">It is bounded, and all objects are out.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public PoolLease<T> Rent(out T item)
    {
        var lease = Rent();
        item = lease.Value;
        return lease;
    }

    /// <summary>Takes an object as a lease if there is one; never waits and never throws for want of one.</summary>
    /// <param name="lease">Dispose it to return the object; default when there was none.</param>
    /// <returns>False when it is bounded and all objects are out.</returns>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public bool TryRent(out PoolLease<T> lease)
    {
        if (!_isCareful && _slots.TakeIdle<Unwatched>(_slots.Home, out var slot, out var state) is { } idle)
        {
            lease = new(this, idle, new(slot, state));
            return true;
        }

        var item = Take(out var place);
        lease = item is null ? default : new(this, item, place);
        return item is not null;
    }

    /// <summary>Gets how it is doing, and what it has done. Looks at every slot.</summary>
    /// <returns>Counts as of about this moment.</returns>
    public ObjectPoolSnapshot Snapshot() => _counters.Snapshot(Name, Volatile.Read(ref _waiting), _slots);

    internal bool IsOut(Place place)
    {
        if (place.Overflow is { } overflow)
        {
            return overflow.IsOut;
        }

        var seen = Volatile.Read(ref _slots.State(place.Slot));
        return seen == place.State || seen == SlotState.With(place.State, SlotState.Faded);
    }

    // Its Return only asks whether the object is resettable: not worth a call where that is known.
    private static bool NeverResets(IPooledObjectPolicy<T> policy) =>
        typeof(T).IsSealed
        && !typeof(T).IsAssignableTo(typeof(IResettable))
        && policy.GetType() is { IsGenericType: true } type
        && type.GetGenericTypeDefinition() == typeof(DefaultPooledObjectPolicy<>);

    /// <summary>Takes an object from wherever there is one, or makes it.</summary>
    /// <returns>Null when it is bounded and all objects are out, or somebody waits for them already.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private T? Take(out Place place)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (Volatile.Read(ref _waiting) != 0)
        {
            place = default;
            return null; // what comes free belongs to who waits
        }

        var taken = _slots.TakeAny();
        if (taken.Slot >= 0)
        {
            return Fill(taken, out place);
        }

        place = default;
        return _options.IsBounded ? null : MakeBeyond(out place);
    }

    /// <summary>Sees to it that a slot that was taken has an object fit for use.</summary>
    private T Fill(Taken<T> taken, out Place place)
    {
        var slot = taken.Slot;
        place = new(slot, SlotState.With(taken.State, SlotState.Out));
        if (taken.Item is { } ready)
        {
            if (!IsExpired(slot) || !TryReclaim(ready, place))
            {
                return ready;
            }

            _slots.Item(slot) = null;
            Destroy(ready);
        }

        T item;
        try
        {
            item = _policy.Create();
        }
        catch
        {
            Publish(slot, SlotState.With(taken.State, SlotState.Vacant));
            throw;
        }

        _counters.Count(PoolEvent.Created);
        _slots.Item(slot) = item;
        SetLifetime(slot);
        Volatile.Write(ref _slots.State(slot), place.State);
        return item;
    }

    private T MakeBeyond(out Place place)
    {
        var item = _policy.Create();
        _counters.Count(PoolEvent.Created);
        _counters.Count(PoolEvent.Overflowed);
        place = new(-1, 0, new OverflowMark());
        return item;
    }
}
