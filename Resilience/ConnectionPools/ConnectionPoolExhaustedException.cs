using System.Globalization;
using Polly;

namespace Resilience.ConnectionPools;

/// <summary>A pool lent no connection. Nothing was sent to anybody, so that repeating the call is safe; repeating it at once makes the queue longer.</summary>
public sealed class ConnectionPoolExhaustedException : ExecutionRejectedException
{
    /// <summary>Initializes a refusal without figures.</summary>
    public ConnectionPoolExhaustedException()
        : this("The pool has no connection to lend.")
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    public ConnectionPoolExhaustedException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public ConnectionPoolExhaustedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ConnectionPoolExhaustedException(PoolRefusalReason reason, TimeSpan waited, ConnectionPoolSnapshot pool, Exception? connectError)
        : base(Describe(reason, waited, pool), connectError!)
    {
        Reason = reason;
        Waited = waited;
        Size = pool.Total;
        InUse = pool.InUse;
        Waiting = pool.Waiting;
        LongestHeld = pool.LongestHeld;
    }

    /// <summary>Gets why it lent none.</summary>
    public PoolRefusalReason Reason { get; }

    /// <summary>Gets how long the caller had waited.</summary>
    /// <value>A time of 0 or more.</value>
    public TimeSpan Waited { get; }

    /// <summary>Gets how many connections the pool had, in whatever state.</summary>
    public int Size { get; }

    /// <summary>Gets how many of them were in use.</summary>
    public int InUse { get; }

    /// <summary>Gets how many callers were waiting.</summary>
    public int Waiting { get; }

    /// <summary>Gets for how long the one that was lent first of those in use had been lent.</summary>
    /// <value>A time of 0 or more.</value>
    public TimeSpan LongestHeld { get; }

    private static string Describe(PoolRefusalReason reason, TimeSpan waited, ConnectionPoolSnapshot pool)
    {
        var what = reason switch
        {
            PoolRefusalReason.Timeout => "none came free in that time. Hold connections for a shorter time, raise MaxSize, or shed load.",
            PoolRefusalReason.StandingQueue => "everybody has been waiting too long for a while. Shed load, hold connections for a shorter time, or raise MaxSize.",
            PoolRefusalReason.Deadline => "the caller's deadline ran out. Ask with more time.",
            PoolRefusalReason.ServerAway => "connecting fails, see the inner exception, and is tried again in the background. Try again in a second.",
            _ => "it is shutting down. Ask another instance.",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Pool '{pool.Name}' lent no connection after {waited.TotalMilliseconds:0} ms: {what} It has {pool.Total} of {pool.MaxSize}: {pool.InUse} in use, {pool.Idle} idle, {pool.Creating} connecting, {pool.Closing} closing; {pool.Waiting} waiting; the longest lent is out for {pool.LongestHeld.TotalMilliseconds:0} ms.");
    }
}
