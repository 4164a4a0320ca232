using System.Text;
using Microsoft.Extensions.ObjectPool;
using Microsoft.IO;

namespace Resilience.ObjectPools;

/// <summary>Pools of what code makes and throws away most, and all pools of the process together.</summary>
public static class Pools
{
    /// <summary>Makes a pool of string builders, empty when they are rented.</summary>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="maxCapacity">Beyond how many characters a builder isn't kept.</param>
    /// <param name="options">How many, for how long; the defaults when null.</param>
    /// <returns>The pool.</returns>
    public static TrackedObjectPool<StringBuilder> StringBuilders(string name, int maxCapacity = 4096, ObjectPoolOptions? options = null) =>
        new(name, new StringBuilderPooledObjectPolicy { MaximumRetainedCapacity = maxCapacity }, options);

    /// <summary>Makes a pool of memory streams, empty when they are rented, whose buffers are shared blocks.</summary>
    /// <remarks>A stream that its renter disposed is thrown away at its return.</remarks>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="maxCapacity">Beyond how many bytes a stream isn't kept; its blocks are, by <paramref name="manager"/>.</param>
    /// <param name="options">How many, for how long; the defaults when null.</param>
    /// <param name="manager">Where the blocks come from; one of its own when null.</param>
    /// <returns>The pool.</returns>
    public static TrackedObjectPool<MemoryStream> MemoryStreams(
        string name, long maxCapacity = 1 << 20, ObjectPoolOptions? options = null, RecyclableMemoryStreamManager? manager = null)
    {
        manager ??= new();
        return new(name, new Policy<MemoryStream>(() => manager.GetStream(name), stream => Clear(stream, maxCapacity)), options);
    }

    /// <summary>Makes a pool of arrays of one length; those of references, or with references in them, are cleared at their return.</summary>
    /// <typeparam name="T">What is in the arrays.</typeparam>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="length">How long each is.</param>
    /// <param name="options">How many, for how long; the defaults when null.</param>
    /// <returns>The pool.</returns>
    public static TrackedObjectPool<T[]> Arrays<T>(string name, int length, ObjectPoolOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new(name, new Policy<T[]>(() => new T[length], array => Clear(array, length)), options);
    }

    /// <summary>Makes a pool of lists, empty when they are rented.</summary>
    /// <typeparam name="T">What is in the lists.</typeparam>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="maxCapacity">Beyond room for how many a list isn't kept.</param>
    /// <param name="options">How many, for how long; the defaults when null.</param>
    /// <returns>The pool.</returns>
    public static TrackedObjectPool<List<T>> Lists<T>(string name, int maxCapacity = 1024, ObjectPoolOptions? options = null) =>
        new(name, new Policy<List<T>>(static () => [], list => Clear(list, maxCapacity)), options);

    /// <summary>Makes a pool of dictionaries, empty when they are rented.</summary>
    /// <typeparam name="TKey">What they are looked up by.</typeparam>
    /// <typeparam name="TValue">What is found.</typeparam>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="maxCapacity">Beyond room for how many a dictionary isn't kept.</param>
    /// <param name="options">How many, for how long; the defaults when null.</param>
    /// <returns>The pool.</returns>
    public static TrackedObjectPool<Dictionary<TKey, TValue>> Dictionaries<TKey, TValue>(string name, int maxCapacity = 1024, ObjectPoolOptions? options = null)
        where TKey : notnull =>
        new(name, new Policy<Dictionary<TKey, TValue>>(static () => [], dictionary => Clear(dictionary, maxCapacity)), options);

    /// <summary>Makes a pool of cancellation sources, neither cancelled nor about to be when they are rented.</summary>
    /// <remarks>
    /// One that was cancelled is thrown away. Whoever still holds a token of a source that was returned is cancelled with its next renter: return it when all who got
    /// the token are done.
    /// </remarks>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="options">How many, for how long; the defaults when null.</param>
    /// <returns>The pool.</returns>
    public static TrackedObjectPool<CancellationTokenSource> CancellationSources(string name, ObjectPoolOptions? options = null) =>
        new(name, new Policy<CancellationTokenSource>(static () => new(), static source => source.TryReset()), options);

    /// <summary>Throws away a share of what is idle in every pool of the process: what to do first when memory is short.</summary>
    /// <param name="share">How many of the idle ones, from 0 to 1; those that have been needed least.</param>
    /// <returns>How many objects were thrown away.</returns>
    public static int TrimAll(double share) => ObjectPoolTelemetry.Live.Sum(pool => pool.Trim(share));

    private static bool Clear(MemoryStream stream, long maxCapacity)
    {
        if (!stream.CanWrite || stream.Capacity > maxCapacity)
        {
            return false;
        }

        stream.SetLength(0);
        return true;
    }

    private static bool Clear<T>(T[] array, int length)
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Array.Clear(array);
        }

        return array.Length == length; // another one may have been returned by mistake
    }

    private static bool Clear<T>(List<T> list, int maxCapacity)
    {
        list.Clear();
        return list.Capacity <= maxCapacity;
    }

    private static bool Clear<TKey, TValue>(Dictionary<TKey, TValue> dictionary, int maxCapacity)
        where TKey : notnull
    {
        dictionary.Clear();
        return dictionary.Capacity <= maxCapacity;
    }

    private sealed class Policy<T>(Func<T> create, Func<T, bool> reset) : PooledObjectPolicy<T>
        where T : class
    {
        public override T Create() => create();

        public override bool Return(T obj) => reset(obj);
    }
}
