using System.Globalization;
using EmbeddedStores.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EmbeddedStores.AppModel;

/// <summary>Hands a store's state on to its databases, which Aspire does for containers only, shows the store's program, and stops the store fast.</summary>
/// <param name="app">The app model's builder.</param>
/// <param name="resource">The resource that has the state.</param>
/// <param name="parent">The resource that is the databases' parent.</param>
/// <param name="store">The store.</param>
internal sealed class StateRelay(IDistributedApplicationBuilder app, IResource resource, IResource parent, EmbeddedStore store)
{
    private const string PathProperty = "executable.path";
    private const string ArgumentsProperty = "resource.appArgs";
    private const string SensitivityProperty = "resource.appArgsSensitivity";
    private int _processId;

    private IEnumerable<IResource> Children => app.Resources.Where(child => child is IResourceWithParent { Parent: var known } && known == parent);

    /// <summary>Subscribes to the store's events.</summary>
    public void Connect()
    {
        app.Eventing.Subscribe<ConnectionStringAvailableEvent>(resource, async (available, cancellationToken) =>
        {
            foreach (var child in Children)
            {
                await app.Eventing.PublishAsync(new ConnectionStringAvailableEvent(child, available.Services), cancellationToken);
            }
        });
        app.Eventing.Subscribe<BeforeStartEvent>((start, cancellationToken) =>
        {
            var stopping = start.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            stopping.Register(StopFast);
            _ = FollowAsync(start.Services, stopping);
            return Task.CompletedTask;
        });

        // The databases are running when the store is ready: then they exist.
        app.Eventing.Subscribe<ResourceReadyEvent>(resource, (ready, _) => HandOnAsync(
            ready.Services.GetRequiredService<ResourceNotificationService>(), new(KnownResourceStates.Running, KnownResourceStateStyles.Success)));
    }

    private async Task FollowAsync(IServiceProvider services, CancellationToken stopping)
    {
        var notifications = services.GetRequiredService<ResourceNotificationService>();
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("EmbeddedStores");
        try
        {
            string? last = null;
            await foreach (var change in notifications.WatchAsync(stopping))
            {
                if (change.Resource == resource
                    && change.Snapshot.Properties.FirstOrDefault(static property => property.Name == "executable.pid")?.Value is { } id)
                {
                    _processId = Convert.ToInt32(id, CultureInfo.InvariantCulture);
                    await ShowProgramAsync(notifications, change);
                }

                if (change.Resource != resource || change.Snapshot.State is not { } state || state.Text == last)
                {
                    continue;
                }

                if (state.Text == KnownResourceStates.Stopping)
                {
                    StopFast();
                }
                else if (KnownResourceStates.TerminalStates.Contains(state.Text) && last != KnownResourceStates.Stopping)
                {
                    log.LogWarning("{Name} has ended ({State}). Its log says why: see the dashboard, or run 'aspire logs {Name}'.", store.Name, state.Text, store.Name);
                }

                if (KnownResourceStates.TerminalStates.Contains(state.Text))
                {
                    _processId = 0; // another process may get the number
                }

                last = state.Text;
                if (state.Text != KnownResourceStates.Running)
                {
                    await HandOnAsync(notifications, state);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
    }

    // The orchestrator runs env, at each of its updates. The dashboard's column Source shows the program that env leads to.
    private async Task ShowProgramAsync(ResourceNotificationService notifications, ResourceEvent change)
    {
        if (resource is not ExecutableResource { Command: var launcher } || !change.Snapshot.Properties.Any(property => property.Name == PathProperty && Equals(property.Value, launcher)))
        {
            return;
        }

        var shown = store.Command.ShownWords;
        var arguments = shown.Skip(1).ToArray();
        await notifications.PublishUpdateAsync(resource, change.ResourceId, snapshot => snapshot with
        {
            Properties =
            [
                .. snapshot.Properties.Select(property => property.Name switch
                {
                    PathProperty => property with { Value = shown[0] },
                    ArgumentsProperty => property with { Value = arguments },
                    SensitivityProperty => property with { Value = new int[arguments.Length] }, // zeros: no argument is a secret
                    _ => property,
                }),
            ],
        });
    }

    // A paused process handles no signal, the orchestrator's neither.
    private void StopFast()
    {
        ProcessTree.Continue(_processId);
        store.StopFast();
    }

    private async Task HandOnAsync(ResourceNotificationService notifications, ResourceStateSnapshot state)
    {
        foreach (var child in Children)
        {
            await notifications.PublishUpdateAsync(child, snapshot => snapshot with { State = state });
        }
    }
}
