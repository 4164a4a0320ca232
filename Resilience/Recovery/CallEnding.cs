namespace Resilience.Recovery;

/// <summary>How a call ended: with an answer, with an exception, or not in time.</summary>
internal readonly record struct CallEnding<T>
{
    public T? Answer { get; init; }

    public Exception? Thrown { get; init; }

    public bool IsLate { get; init; }

    public bool HasAnswer => Thrown is null && !IsLate;
}
