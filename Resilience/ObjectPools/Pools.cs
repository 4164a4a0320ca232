using System.Text;
using Microsoft.Extensions.ObjectPool;

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

    /// <summary>Throws away a share of what is idle in every pool of the process: what to do first when memory is short.</summary>
    /// <param name="share">How many of the idle ones, from 0 to 1; those that have been needed least.</param>
    /// <returns>How many objects were thrown away.</returns>
    public static int TrimAll(double share) => ObjectPoolTelemetry.Live.Sum(pool => pool.Trim(share));
}
