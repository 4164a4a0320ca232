using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AppHost;

/// <summary>The state of one instance of a resource.</summary>
/// <param name="Resource">The resource; all its replicas have the same one.</param>
/// <param name="Name">The instance's own name, such as <c>orders-kzafpwpc</c>.</param>
/// <param name="State">One of <see cref="KnownResourceStates"/>; null while there is none yet.</param>
/// <param name="Health">What its health checks say; null while it doesn't run.</param>
/// <param name="ExitCode">The exit code of its process; null while it runs.</param>
/// <param name="Address">The address that it listens on itself. The one that others use leads to any replica.</param>
internal sealed record InstanceState(IResource Resource, string Name, string? State, HealthStatus? Health = null, int? ExitCode = null, Uri? Address = null)
{
    /// <summary>Gets since when it has been healthy, as a time stamp of the watch's clock; null while it isn't.</summary>
    public long? HealthySince { get; init; }

    /// <summary>Gets whether somebody asked for its end, by a command or in the dashboard.</summary>
    public bool WasAskedToStop { get; init; }

    public bool IsRunning => State == KnownResourceStates.Running;

    public bool IsHealthy => IsRunning && Health is HealthStatus.Healthy;

    public bool HasEnded => KnownResourceStates.TerminalStates.Contains(State);

    public bool HasFailed => HasEnded || State == KnownResourceStates.RuntimeUnhealthy;

    /// <summary>Reads what Aspire tells.</summary>
    /// <param name="change">The event.</param>
    /// <returns>The state after it.</returns>
    public static InstanceState Of(ResourceEvent change)
    {
        var urls = change.Snapshot.EnvironmentVariables.FirstOrDefault(static variable => variable.Name == "ASPNETCORE_URLS")?.Value;
        return new(
            change.Resource,
            change.ResourceId,
            change.Snapshot.State?.Text,
            change.Snapshot.HealthStatus,
            change.Snapshot.ExitCode,
            Uri.TryCreate(urls?.Split(';')[0], UriKind.Absolute, out var address) ? address : null);
    }
}
