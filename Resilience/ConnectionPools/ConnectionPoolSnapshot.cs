namespace Resilience.ConnectionPools;

/// <summary>How a pool is doing, and what it has done since it was made.</summary>
public sealed record ConnectionPoolSnapshot
{
    /// <summary>Gets the name that its owner gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many connections it may have, overflow aside.</summary>
    public required int MaxSize { get; init; }

    /// <summary>Gets how many idle connections it keeps ready.</summary>
    public required int MinIdle { get; init; }

    /// <summary>Gets how many connections can be lent now.</summary>
    public required int Idle { get; init; }

    /// <summary>Gets how many connections are lent, or with the pool for a check or a reset.</summary>
    public required int InUse { get; init; }

    /// <summary>Gets how many connections are being made.</summary>
    public required int Creating { get; init; }

    /// <summary>Gets how many connections are being ended.</summary>
    public required int Closing { get; init; }

    /// <summary>Gets how many callers wait for one.</summary>
    public required int Waiting { get; init; }

    /// <summary>Gets a value indicating whether it lends nothing until it is resumed.</summary>
    public required bool IsSuspended { get; init; }

    /// <summary>Gets a value indicating whether it has no connection and connecting has failed repeatedly, so that callers are refused at once.</summary>
    public required bool IsServerAway { get; init; }

    /// <summary>Gets how long the one that was lent first of those in use has been lent.</summary>
    /// <value>A time of 0 or more.</value>
    public required TimeSpan LongestHeld { get; init; }

    /// <summary>Gets how often a connection was lent.</summary>
    public required long Lent { get; init; }

    /// <summary>Gets how many connections were made.</summary>
    public required long Created { get; init; }

    /// <summary>Gets how many connections were ended.</summary>
    public required long Destroyed { get; init; }

    /// <summary>Gets how many attempts to connect failed.</summary>
    public required long ConnectFailures { get; init; }

    /// <summary>Gets how many callers waited in vain until their time or deadline was over.</summary>
    public required long TimedOut { get; init; }

    /// <summary>Gets how many callers were refused early since the queue stood.</summary>
    public required long Shed { get; init; }

    /// <summary>Gets how many callers were refused since the server was away.</summary>
    public required long RefusedServerAway { get; init; }

    /// <summary>Gets how many callers gave up.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Gets how often a connection was given back under a lease that was over: each is a bug of a caller.</summary>
    public required long StaleReturns { get; init; }

    /// <summary>Gets how often a connection was held beyond <see cref="ConnectionPoolOptions.LeakThreshold"/>.</summary>
    public required long Leaks { get; init; }

    /// <summary>Gets how many connections it has: the idle, the ones in use, those being made and those being ended, as of one moment.</summary>
    public int Total => Idle + InUse + Creating + Closing;
}
