using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health;

/// <summary>When a component was said to be something else than before.</summary>
/// <param name="At">When.</param>
/// <param name="Status">What it was said to be from then on.</param>
/// <param name="Description">What the check said; null when it said nothing.</param>
public sealed record HealthChange(DateTimeOffset At, HealthStatus Status, string? Description);
