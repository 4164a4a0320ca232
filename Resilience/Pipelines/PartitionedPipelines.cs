using System.Collections.Concurrent;
using Resilience.Measurement;

namespace Resilience.Pipelines;

/// <summary>A pipeline for each key, such as a destination or a tenant, so that one that fails doesn't shut out the others; but never too many.</summary>
/// <remarks>
/// Who has not been asked for lately makes room first, unless it may not be evicted (an open breaker would forget that it is open). If nobody can make
/// room, the newcomer is given one pipeline that all such share: still guarded, though no longer apart. Safe for concurrent use; a look-up that finds
/// its key takes no lock and reads no clock.
/// Source of the order of eviction: F. J. Corbató, <i>A Paging Experiment with the Multics System</i>, MIT 1968 (second chance).
/// </remarks>
/// <typeparam name="TKey">What tells them apart.</typeparam>
/// <typeparam name="TPipeline">What is kept for each: a breaker, a pipeline, or both as a <see cref="GuardedPipeline{TPipeline}"/>.</typeparam>
public sealed partial class PartitionedPipelines<TKey, TPipeline> : PartitionTelemetry.IPartitions
    where TKey : notnull
    where TPipeline : class
{
    private readonly ConcurrentDictionary<TKey, Partition> _partitions;
    private readonly ConcurrentQueue<Partition> _order = new();
    private readonly Func<TKey, TPipeline> _create;
    private readonly Func<TPipeline, bool>? _mayEvict;
    private readonly Action<TKey, TPipeline>? _kept;
    private readonly Func<TPipeline> _overflow;
    private readonly MonotonicClock _clock;
    private readonly int _capacity;
    private readonly long _idle;
    private TPipeline? _shared;
    private int _count;
    private long _nextTrim;
    private long _fullUntil = long.MinValue;
    private long _evicted;
    private long _expired;
    private long _overflowed;

    /// <summary>Initializes partitions, with none in them yet.</summary>
    /// <param name="name">What they are called in metrics.</param>
    /// <param name="create">Makes a pipeline for a key. May be called twice for a key that two callers ask for at once; one result is dropped.</param>
    /// <param name="overflow">Makes the pipeline that is shared by those for whom there is no room. The same holds.</param>
    /// <param name="options">How many, and for how long.</param>
    /// <param name="mayEvict">Whether a pipeline can be done without. By default it is asked itself, if it is a breaker or <see cref="IEvictable"/>; anything else can.</param>
    /// <param name="time">Where time comes from; the system's clock by default.</param>
    /// <param name="kept">Is told of each pipeline that is kept under a key, once: for what <paramref name="create"/> must not do for one that is dropped, such as making it known elsewhere.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public PartitionedPipelines(
        string name,
        Func<TKey, TPipeline> create,
        Func<TPipeline> overflow,
        PartitionOptions? options = null,
        Func<TPipeline, bool>? mayEvict = null,
        TimeProvider? time = null,
        Action<TKey, TPipeline>? kept = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(overflow);

        options ??= new();
        options.Check(name);
        Name = name;
        _create = create;
        (_mayEvict, _kept) = (mayEvict, kept);
        _overflow = overflow;
        _clock = time is null ? default : new(time);
        _capacity = options.Capacity;
        _idle = (long)options.IdleTimeout.TotalMilliseconds;
        _nextTrim = _clock.Now + (_idle / 2);
        _partitions = new();
        PartitionTelemetry.Show(this);
    }

    /// <summary>Gets what they are called.</summary>
    public string Name { get; }

    /// <summary>Gets how many there are. Never more than the capacity.</summary>
    public int Count => _partitions.Count;

    /// <summary>Gets the pipeline for a key, which is made if there is none.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The key's own pipeline; the shared one, if no other can make room.</returns>
    public TPipeline Get(TKey key)
    {
        if (!_partitions.TryGetValue(key, out var partition))
        {
            return Add(key);
        }

        if (!partition.Used)
        {
            partition.Used = true; // written only when it changes, so that those who ask at once don't fight for the line
        }

        return partition.Pipeline;
    }

    /// <summary>Gets those that there are now, without counting as asking for them.</summary>
    /// <returns>Keys with their pipelines, in no order.</returns>
    public IReadOnlyList<KeyValuePair<TKey, TPipeline>> List() =>
        [.. _partitions.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Pipeline))];

    /// <summary>Drops those that nobody has asked for. Happens by itself as new keys come; call it now and then if none may come for long.</summary>
    public void Trim()
    {
        var now = _clock.Now;
        Volatile.Write(ref _nextTrim, now + (_idle / 2));
        for (var left = _order.Count; left > 0 && _order.TryDequeue(out var partition); left--)
        {
            if (partition.Used)
            {
                (partition.Used, partition.SeenAt) = (false, now);
            }

            if (now - partition.SeenAt < _idle || !TryDrop(partition, ref _expired, PartitionTelemetry.ForIdleness))
            {
                _order.Enqueue(partition);
            }
        }
    }

    /// <summary>Gets what they are like now.</summary>
    /// <returns>Counts, which may be a look-up apart from each other.</returns>
    public PartitionsSnapshot Snapshot() =>
        new(Name, Count, _capacity, Volatile.Read(ref _evicted), Volatile.Read(ref _expired), Volatile.Read(ref _overflowed));

    private TPipeline Add(TKey key)
    {
        var now = _clock.Now;
        if (now >= Volatile.Read(ref _nextTrim))
        {
            Trim();
        }

        if (!TryReserve(now))
        {
            Interlocked.Increment(ref _overflowed);
            PartitionTelemetry.Overflowed(Name);
            return Volatile.Read(ref _shared) ?? Interlocked.CompareExchange(ref _shared, _overflow(), comparand: null) ?? _shared;
        }

        Partition made;
        try
        {
            made = new(key, _create(key), now);
        }
        catch
        {
            Interlocked.Decrement(ref _count);
            throw;
        }

        var kept = _partitions.GetOrAdd(key, made);
        if (ReferenceEquals(kept, made))
        {
            _order.Enqueue(made);
            _kept?.Invoke(key, made.Pipeline);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }

        return kept.Pipeline;
    }
}
