namespace Resilience.Timeouts;

/// <summary>What a time-out did since it was built, and what it waits for now.</summary>
public sealed record TimeoutStatistics
{
    /// <summary>Gets the operation's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how long a call may take now.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Gets a value indicating whether that was learnt.</summary>
    public required bool IsLearnt { get; init; }

    /// <summary>Gets how many calls were timed out.</summary>
    public required long Fired { get; init; }

    /// <summary>Gets how many of those were left running.</summary>
    public required long Abandoned { get; init; }

    /// <summary>Gets how many abandoned calls still run.</summary>
    public required int Orphans { get; init; }

    /// <summary>Gets how many calls succeeded although their time was up; their callers got the result.</summary>
    public required long LateSuccesses { get; init; }

    /// <summary>Gets how many calls were refused because too many abandoned ones still ran.</summary>
    public required long Refused { get; init; }

    /// <summary>Gets how many callbacks for aborting or cleaning up took longer than their own time.</summary>
    public required int CallbacksOverrun { get; init; }
}
