using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health;

/// <summary>What is known of a component.</summary>
public sealed record ComponentHealth
{
    /// <summary>Gets the component's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what it is said to be.</summary>
    /// <value><see cref="HealthStatus.Degraded"/> at best when <see cref="IsStale"/>.</value>
    public required HealthStatus Status { get; init; }

    /// <summary>Gets what it was last said to be, in its own words; null when it said nothing.</summary>
    public required string? Description { get; init; }

    /// <summary>Gets since when it is said to be that.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Gets how old the last result is; null before the first.</summary>
    public required TimeSpan? Age { get; init; }

    /// <summary>Gets how long the last check took; null before the first.</summary>
    public required TimeSpan? Duration { get; init; }

    /// <summary>Gets a value indicating whether the last result is too old to be believed.</summary>
    public required bool IsStale { get; init; }

    /// <summary>Gets the last failure, however long ago; null when there was none.</summary>
    public required HealthFailure? LastFailure { get; init; }

    /// <summary>Gets how many results there were.</summary>
    public required long Results { get; init; }

    /// <summary>Gets how many of them were not healthy.</summary>
    public required long Failures { get; init; }

    /// <summary>Gets the last changes, the newest first: sixteen at most.</summary>
    public required IReadOnlyList<HealthChange> History { get; init; }
}
