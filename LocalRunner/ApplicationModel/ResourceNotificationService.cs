using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LocalRunner.ApplicationModel;

/// <summary>Tells in which state each resource is, and when it gets into another.</summary>
/// <remarks>Safe for concurrent use. A resource that runs as several processes is in a state when all of them are.</remarks>
public sealed class ResourceNotificationService
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceEvent> _latest = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource _changed = NewSignal();

    internal ResourceNotificationService()
    {
    }

    /// <summary>Gets or sets what is told of each change, while no lock is held; the console.</summary>
    internal Action<ResourceEvent>? Changed { get; set; }

    /// <summary>Waits until a resource runs and is healthy.</summary>
    /// <param name="resourceName">The resource's name, or that of one of its replicas.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The change that made it healthy.</returns>
    /// <exception cref="LocalRunnerException">There is no such resource, or it has ended, so that it won't become healthy by itself.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitAsync(
            resourceName,
            static snapshot => snapshot.State.Text == KnownResourceStates.Running && snapshot.HealthStatus == HealthStatus.Healthy,
            endsWithTheResource: true,
            cancellationToken);

    /// <summary>Waits until a resource is in a state.</summary>
    /// <param name="resourceName">The resource's name, or that of one of its replicas.</param>
    /// <param name="targetState">One of <see cref="KnownResourceStates"/>; Running by default.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is in that state.</returns>
    /// <exception cref="LocalRunnerException">There is no such resource.</exception>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default)
    {
        var target = targetState ?? KnownResourceStates.Running;
        return WaitAsync(resourceName, snapshot => snapshot.State.Text == target, endsWithTheResource: false, cancellationToken);
    }

    /// <summary>Waits until a resource runs, healthy or not; unlike for a test, a resource that has ended ends the wait.</summary>
    internal Task WaitForStartAsync(string resourceName, CancellationToken cancellationToken) =>
        WaitAsync(resourceName, static snapshot => snapshot.State.Text == KnownResourceStates.Running, endsWithTheResource: true, cancellationToken);

    internal void Register(IResource resource, string instance) =>
        _latest.Add(instance, new(resource, instance, new() { State = new(KnownResourceStates.NotStarted) }));

    internal void Publish(string instance, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        ResourceEvent next;
        TaskCompletionSource signal;
        lock (_gate)
        {
            var last = _latest[instance];
            next = new(last.Resource, instance, change(last.Snapshot));
            if (next.Snapshot == last.Snapshot)
            {
                return;
            }

            _latest[instance] = next;
            signal = _changed;
            _changed = NewSignal();
        }

        Changed?.Invoke(next);
        signal.SetResult();
    }

    /// <summary>Gets the latest change of each instance that a name means.</summary>
    internal IReadOnlyList<ResourceEvent> Latest(string name)
    {
        lock (_gate)
        {
            ResourceEvent[] found = [.. _latest.Values.Where(
                latest => Names.Equals(latest.ResourceId, name) || Names.Equals(latest.Resource.Name, name))];
            return found.Length > 0
                ? found
                : throw new LocalRunnerException($"There is no resource called '{name}'. The application has: {string.Join(", ", _latest.Keys)}.");
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<ResourceEvent> WaitAsync(
        string name, Func<CustomResourceSnapshot, bool> isThere, bool endsWithTheResource, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            var latest = Latest(name);
            if (latest.All(instance => isThere(instance.Snapshot)))
            {
                return latest[^1];
            }

            if (endsWithTheResource && latest.FirstOrDefault(static instance => instance.Snapshot.IsTerminal) is { } ended)
            {
                var code = ended.Snapshot.ExitCode is { } exitCode ? $" with exit code {exitCode}" : "";
                throw new LocalRunnerException($"{ended.ResourceId} is {ended.Snapshot.State.Text}{code}, so there is no use in waiting for it. Read its output, mend it and start it again.");
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static class Names
    {
        public static bool Equals(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
    }
}
