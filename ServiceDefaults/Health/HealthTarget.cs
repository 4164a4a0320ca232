using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ServiceDefaults.Health;

/// <summary>Something that a service's configuration says is to be checked.</summary>
internal abstract class HealthTarget
{
    /// <summary>Gets or sets what the service is when the target isn't well.</summary>
    /// <value>Unhealthy, which takes the service out of rotation, or Degraded, which only says so; Degraded by default.</value>
    public HealthStatus FailureStatus { get; set; } = HealthStatus.Degraded;
}
