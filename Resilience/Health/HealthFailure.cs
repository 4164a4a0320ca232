namespace Resilience.Health;

/// <summary>A result that was not healthy.</summary>
/// <param name="At">When.</param>
/// <param name="Description">What the check said; null when it said nothing.</param>
/// <param name="Exception">What it threw; null when it threw nothing.</param>
public sealed record HealthFailure(DateTimeOffset At, string? Description, Exception? Exception);
