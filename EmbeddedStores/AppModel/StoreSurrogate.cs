using EmbeddedStores.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace EmbeddedStores.AppModel;

/// <summary>Replaces container resources in an app model.</summary>
internal static class StoreSurrogate
{
    // Aspire asks once a second. A store that is starting answers within that time, so one check asks several times.
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(900);

    /// <summary>Replaces a container resource with a process of the same name.</summary>
    /// <param name="container">The container resource.</param>
    /// <param name="store">The store that runs in the process.</param>
    /// <param name="registry">The app model's stores.</param>
    public static void RunAsProcess<TStore>(IResourceBuilder<TStore> container, EmbeddedStore store, StoreRegistry registry)
        where TStore : ContainerResource, IResourceWithConnectionString
    {
        RemoveContainerAnnotations(container.Resource);
        var app = container.ApplicationBuilder;
        app.Resources.Remove(container.Resource);
        var process = app.AddResource(new StoreProcess<TStore>(container.Resource, Path.Combine(registry.DataPath, store.Name)));
        process.WithArgs(context =>
        {
            foreach (var word in store.Command.CleanWords.Skip(1)) // the first is the resource's own command
            {
                context.Args.Add(word);
            }
        });
        process.OnBeforeResourceStarted((_, started, cancellationToken) => PrepareAsync(store, started.Services, cancellationToken));
        process.OnResourceReady((_, _, cancellationToken) => store.CompleteAsync(cancellationToken));
        WithHealthCheck(process, store);
        new StateRelay(app, process.Resource, container.Resource, store).Connect();
    }

    /// <summary>Lets a container resource stand for a server that is given.</summary>
    /// <param name="container">The container resource.</param>
    /// <param name="store">The store that is given.</param>
    public static void StandForGiven<TStore>(IResourceBuilder<TStore> container, EmbeddedStore store)
        where TStore : ContainerResource, IResourceWithConnectionString
    {
        RemoveContainerAnnotations(container.Resource); // without an image, the orchestrator leaves it alone
        container.OnInitializeResource(async (resource, begun, cancellationToken) =>
        {
            begun.Logger.LogInformation("No process is started: ConnectionStrings__{Name} gives a server.", resource.Name);
            await begun.Eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, begun.Services), cancellationToken);
            await begun.Notifications.PublishUpdateAsync(resource, static snapshot => snapshot with
            {
                State = new(KnownResourceStates.Running, KnownResourceStateStyles.Success),
                StartTimeStamp = Clock.System.GetUtcNow().UtcDateTime,
            });
        });
        container.OnResourceReady((_, _, cancellationToken) => store.CompleteAsync(cancellationToken));
        WithHealthCheck(container, store);
        new StateRelay(container.ApplicationBuilder, container.Resource, container.Resource, store).Connect();
    }

    private static void RemoveContainerAnnotations(IResource resource)
    {
        foreach (var ofContainers in resource.Annotations.Where(static annotation =>
            annotation is ContainerImageAnnotation or EnvironmentCallbackAnnotation or CommandLineArgsCallbackAnnotation
                or ContainerRuntimeArgsCallbackAnnotation or HealthCheckAnnotation
            || annotation.GetType().Name.Contains("Certificate", StringComparison.Ordinal)).ToList())
        {
            resource.Annotations.Remove(ofContainers);
        }
    }

    private static async Task PrepareAsync(EmbeddedStore store, IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            await store.PrepareAsync(cancellationToken);
        }
        catch (StoreException failure)
        {
            services.GetRequiredService<ResourceLoggerService>().GetLogger(store.Name).LogError("{Message}", failure.Message);
            throw;
        }
    }

    private static void WithHealthCheck<T>(IResourceBuilder<T> resource, EmbeddedStore store)
        where T : IResource
    {
        var key = $"{store.Name}_answers";
        string? last = null;
        resource.ApplicationBuilder.Services.AddHealthChecks().Add(new(
            key,
            services => new StoreHealthCheck(store, _patience, failure =>
            {
                if (failure != Interlocked.Exchange(ref last, failure) && failure is not null)
                {
                    services.GetRequiredService<ResourceLoggerService>().GetLogger(store.Name).LogWarning("{Failure}", failure);
                }
            }),
            failureStatus: null,
            tags: null));
        resource.WithHealthCheck(key);
    }

    /// <summary>Is healthy when the store answers.</summary>
    private sealed class StoreHealthCheck(EmbeddedStore store, TimeSpan patience, Action<string?> report) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            for (var began = Clock.System.GetTimestamp(); ;)
            {
                if (await store.AskAsync(cancellationToken) is not { } failure)
                {
                    report(null);
                    return HealthCheckResult.Healthy();
                }

                if (failure.IsLasting || Clock.System.GetElapsedTime(began) > patience)
                {
                    report(failure.Text);
                    return HealthCheckResult.Unhealthy(failure.Text);
                }

                await Clock.PollAsync(cancellationToken);
            }
        }
    }
}
