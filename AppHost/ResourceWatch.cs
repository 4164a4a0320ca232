using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AppHost;

/// <summary>Knows the latest state of every instance of every resource.</summary>
/// <remarks>Safe for concurrent use.</remarks>
/// <param name="notifications">Where Aspire tells of changes.</param>
internal sealed class ResourceWatch(ResourceNotificationService notifications) : BackgroundService
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _latest = new(StringComparer.Ordinal);

    /// <summary>Gets or sets the function that is told of each change, after the watch knows it. The second argument is the state before, null at first.</summary>
    public Action<ResourceEvent, CustomResourceSnapshot?>? OnChange { get; set; }

    /// <summary>Gets the instances of a resource that there are so far.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>Their latest states, ordered by name.</returns>
    public IReadOnlyList<ResourceEvent> InstancesOf(IResource resource) =>
        [.. _latest.Values.Where(latest => latest.Resource == resource).OrderBy(static latest => latest.ResourceId, StringComparer.Ordinal)];

    /// <summary>Gets whether all instances of a resource are there and healthy.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>Whether they are.</returns>
    public bool IsHealthy(IResource resource)
    {
        var wanted = resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;
        return InstancesOf(resource) is var instances && instances.Count >= wanted && instances.All(static instance => IsHealthy(instance.Snapshot));
    }

    public static bool IsHealthy(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Running && snapshot.HealthStatus is HealthStatus.Healthy;

    public static bool HasEnded(CustomResourceSnapshot snapshot) => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            var before = _latest.GetValueOrDefault(change.ResourceId)?.Snapshot;
            _latest[change.ResourceId] = change;
            OnChange?.Invoke(change, before);
        }
    }
}
