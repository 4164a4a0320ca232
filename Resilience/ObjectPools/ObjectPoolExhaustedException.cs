using System.Globalization;
using Polly;

namespace Resilience.ObjectPools;

/// <summary>A bounded pool had no object to rent: as many as may exist are out, and the caller could not, or not any longer, wait for one of them.</summary>
public sealed class ObjectPoolExhaustedException : ExecutionRejectedException
{
    /// <summary>Initializes a refusal without figures.</summary>
    public ObjectPoolExhaustedException()
        : this("No object was to be had: all of the pool's are in use.")
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    public ObjectPoolExhaustedException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public ObjectPoolExhaustedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ObjectPoolExhaustedException(ObjectPoolSnapshot pool, ObjectPoolExhaustion reason, TimeSpan waited)
        : base(string.Create(CultureInfo.InvariantCulture, $"No object was to be had from pool '{pool.Name}': {pool.InUse} of {pool.MaxSize} are in use, {What(reason, pool, waited)}"))
    {
        Reason = reason;
        MaxSize = pool.MaxSize;
        InUse = pool.InUse;
        Waiting = pool.Waiting;
        Waited = waited;
    }

    /// <summary>Gets why there was none.</summary>
    public ObjectPoolExhaustion Reason { get; }

    /// <summary>Gets how many objects may exist.</summary>
    public int MaxSize { get; }

    /// <summary>Gets how many were in use.</summary>
    public int InUse { get; }

    /// <summary>Gets how many rents were waiting.</summary>
    public int Waiting { get; }

    /// <summary>Gets how long this one had waited.</summary>
    public TimeSpan Waited { get; }

    private static string What(ObjectPoolExhaustion reason, ObjectPoolSnapshot pool, TimeSpan waited) => reason switch
    {
        ObjectPoolExhaustion.AllInUse => "and the caller doesn't wait. Use RentAsync, or raise MaxSize.",
        ObjectPoolExhaustion.TooManyWaiters => string.Create(
            CultureInfo.InvariantCulture, $"and {pool.Waiting} were waiting, which is as many as may. Shed the work, or raise MaxWaiters."),
        ObjectPoolExhaustion.WaitTimeout => string.Create(
            CultureInfo.InvariantCulture, $"and it waited {waited.TotalMilliseconds:0} ms, which is as long as it may. Return objects sooner, or raise MaxWait."),
        _ => string.Create(CultureInfo.InvariantCulture, $"and its deadline passed after {waited.TotalMilliseconds:0} ms. Ask with more time."),
    };
}
