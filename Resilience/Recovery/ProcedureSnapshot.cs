namespace Resilience.Recovery;

/// <summary>How a procedure is doing.</summary>
public sealed record ProcedureSnapshot
{
    /// <summary>Gets its name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what is wrong; null when nothing is.</summary>
    public required string? Finding { get; init; }

    /// <summary>Gets for how long it has been.</summary>
    public required TimeSpan FoundFor { get; init; }

    /// <summary>Gets how many actions in a row didn't help.</summary>
    public required int UnverifiedInARow { get; init; }

    /// <summary>Gets a value indicating whether it has given up.</summary>
    public required bool HasGivenUp { get; init; }

    /// <summary>Gets how long it rests yet.</summary>
    public required TimeSpan RestLeft { get; init; }
}
