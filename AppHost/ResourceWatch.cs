using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace AppHost;

/// <summary>Knows the latest state of every instance of every resource.</summary>
/// <remarks>Safe for concurrent use.</remarks>
/// <param name="notifications">Where Aspire tells of changes.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class ResourceWatch(ResourceNotificationService notifications, TimeProvider clock) : BackgroundService
{
    private readonly ConcurrentDictionary<string, InstanceState> _latest = new(StringComparer.Ordinal);

    /// <summary>Gets or sets the function that is told of each change, after the watch knows it.</summary>
    public Action<InstanceState>? OnChange { get; set; }

    /// <summary>Gets the instances of a resource that there are so far.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>Their latest states, ordered by name.</returns>
    public IReadOnlyList<InstanceState> InstancesOf(IResource resource) =>
        [.. _latest.Values.Where(latest => latest.Resource == resource).OrderBy(static latest => latest.Name, StringComparer.Ordinal)];

    /// <summary>Gets whether all instances of a resource are there and healthy.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>Whether they are.</returns>
    public bool IsHealthy(IResource resource)
    {
        var wanted = resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;
        return InstancesOf(resource) is var instances && instances.Count >= wanted && instances.All(static instance => instance.IsHealthy);
    }

    /// <summary>Gets whether all instances of a resource are there, and have been healthy for a while without a break.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="time">How long.</param>
    /// <returns>Whether they have.</returns>
    public bool HasBeenHealthyFor(IResource resource, TimeSpan time) =>
        IsHealthy(resource) && InstancesOf(resource).All(instance => instance.HealthySince is { } since && clock.GetElapsedTime(since) >= time);

    /// <summary>Takes note of a change.</summary>
    /// <param name="change">The new state.</param>
    public void Observe(InstanceState change)
    {
        var before = _latest.GetValueOrDefault(change.Name);
        var now = change with
        {
            WasAskedToStop = change.State == KnownResourceStates.Stopping || (change.HasEnded && before?.WasAskedToStop == true),
            HealthySince = change.IsHealthy ? before?.HealthySince ?? clock.GetTimestamp() : null,
        };
        _latest[change.Name] = now;
        OnChange?.Invoke(now);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            Observe(InstanceState.Of(change));
        }
    }
}
