namespace Resilience.ObjectPools;

/// <summary>How an object pool is doing, and what it has done since it was made. Exact while nobody rents or returns, and nearly so while somebody does.</summary>
public sealed record ObjectPoolSnapshot
{
    /// <summary>Gets the name that its owner gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many objects it knows at most.</summary>
    public required int MaxSize { get; init; }

    /// <summary>Gets how many objects wait to be rented.</summary>
    public required int Idle { get; init; }

    /// <summary>Gets how many of the objects it knows are out.</summary>
    public required int InUse { get; init; }

    /// <summary>Gets how many rents wait for an object now.</summary>
    public required int Waiting { get; init; }

    /// <summary>Gets how often an object was handed out.</summary>
    public required long Rents { get; init; }

    /// <summary>Gets how many objects were made.</summary>
    public required long Created { get; init; }

    /// <summary>Gets how many of them were made while as many as it may know were out.</summary>
    public required long Overflowed { get; init; }

    /// <summary>Gets how many objects were thrown away: not fit for reuse, too old, too many, or trimmed.</summary>
    public required long Discarded { get; init; }

    /// <summary>Gets how many objects were never returned, and collected by the runtime.</summary>
    public required long Lost { get; init; }

    /// <summary>Gets how often an object was returned that was not out: each is a bug of a caller, and was refused.</summary>
    public required long DoubleReturns { get; init; }

    /// <summary>Gets how often an object was returned to a bounded pool that had not made it: each is a bug of a caller, and was refused.</summary>
    public required long ForeignReturns { get; init; }

    /// <summary>Gets how many rents were refused, at once or after waiting.</summary>
    public required long Refused { get; init; }
}
