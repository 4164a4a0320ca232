using System.Diagnostics;
using LocalRunner;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>A store that Aspire describes as a container, run as a process of this machine instead.</summary>
/// <remarks>
/// Shares the store's annotations, as Aspire's own RunAsContainer and PublishAsDockerFile do: endpoints, health checks, icon and waits are the
/// store's, and whoever refers to the store finds them.
/// </remarks>
internal sealed class StoreProcess<TStore>(TStore store, string command, string folder)
    : ExecutableResource(store.Name, command, folder), IResourceWithConnectionString
    where TStore : ContainerResource, IResourceWithConnectionString
{
    public TStore Store => store;

    public override ResourceAnnotationCollection Annotations => store.Annotations;

    public ReferenceExpression ConnectionStringExpression => store.ConnectionStringExpression;

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken) => store.GetConnectionStringAsync(cancellationToken);
}

internal static class StoreProcess
{
    /// <summary>Takes the container out of the model, and puts a process of the same name into its place.</summary>
    public static IResourceBuilder<StoreProcess<TStore>> Replace<TStore>(
        IResourceBuilder<TStore> container, string command, string folder, IEnumerable<object> arguments)
        where TStore : ContainerResource, IResourceWithConnectionString
    {
        var app = container.ApplicationBuilder;
        var store = container.Resource;
        foreach (var ofContainers in store.Annotations.Where(static annotation =>
            annotation is ContainerImageAnnotation or EnvironmentCallbackAnnotation or CommandLineArgsCallbackAnnotation or ContainerRuntimeArgsCallbackAnnotation
            or HealthCheckAnnotation || annotation.GetType().Name.Contains("Certificate", StringComparison.Ordinal)).ToList())
        {
            store.Annotations.Remove(ofContainers);
        }

        app.Resources.Remove(store);
        var process = app.AddResource(new StoreProcess<TStore>(store, command, folder)).WithArgs([.. arguments]);
        process.WithEndpoint("tcp", endpoint =>
        {
            endpoint.Port ??= LocalRunner.Processes.PortAllocator.Next();
            endpoint.TargetPort = endpoint.Port;
            endpoint.IsProxied = false; // clients talk to the store itself: what is dead refuses them
        });
        Relay(app, process.Resource);
        return process;
    }

    /// <summary>Has a store be healthy when it answers. A store that is just starting is asked again for a moment: Aspire itself asks once a second.</summary>
    public static void WithAnswerCheck<TStore>(this IResourceBuilder<StoreProcess<TStore>> process, Func<string, CancellationToken, Task> ask)
        where TStore : ContainerResource, IResourceWithConnectionString
    {
        var name = $"{process.Resource.Name}_answers";
        process.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(name, async cancellationToken =>
        {
            var connectionString = (await process.Resource.GetConnectionStringAsync(cancellationToken))!;
            for (var until = Stopwatch.StartNew(); ;)
            {
                try
                {
                    await ask(connectionString, cancellationToken);
                    return HealthCheckResult.Healthy();
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    if (until.ElapsedMilliseconds > 900)
                    {
                        return HealthCheckResult.Unhealthy("It doesn't answer.", failure);
                    }
                }

                await Task.Delay(20, cancellationToken);
            }
        });
        process.WithHealthCheck(name);
    }

    /// <summary>Runs a program that prepares a store, with its lines in the store's log.</summary>
    public static async Task RunAsync(ILogger log, string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        log.LogInformation("{Program} {Arguments}", Path.GetFileName(program), string.Join(' ', arguments));
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        process.OutputDataReceived += (_, line) => Say(line.Data);
        process.ErrorDataReceived += (_, line) => Say(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new DistributedApplicationException($"{Path.GetFileName(program)} failed with exit code {process.ExitCode}; its last lines are in the log of this resource.");
        }

        void Say(string? line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                log.LogInformation("{Line}", line);
            }
        }
    }

    // Aspire hands a parent's state and its connection string's event on to the children of what is in the model, and a state only of containers:
    // a database in a process would never be running.
    private static void Relay<TStore>(IDistributedApplicationBuilder app, StoreProcess<TStore> process)
        where TStore : ContainerResource, IResourceWithConnectionString
    {
        IEnumerable<IResource> Children() => app.Resources.Where(child => child is IResourceWithParent { Parent: var parent } && parent == process.Store);

        app.Eventing.Subscribe<ConnectionStringAvailableEvent>(process, async (available, cancellationToken) =>
        {
            foreach (var child in Children())
            {
                await app.Eventing.PublishAsync(new ConnectionStringAvailableEvent(child, available.Services), cancellationToken);
            }
        });
        app.Eventing.Subscribe<BeforeStartEvent>((start, cancellationToken) =>
        {
            var notifications = start.Services.GetRequiredService<ResourceNotificationService>();
            var stopping = start.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping;
            _ = FollowAsync(notifications, stopping);
            return Task.CompletedTask;
        });
        app.Eventing.Subscribe<ResourceReadyEvent>(process, (ready, cancellationToken) =>
            HandOnAsync(ready.Services.GetRequiredService<ResourceNotificationService>(), new(KnownResourceStates.Running, KnownResourceStateStyles.Success)));

        async Task FollowAsync(ResourceNotificationService notifications, CancellationToken stopping)
        {
            try
            {
                string? last = null;
                await foreach (var change in notifications.WatchAsync(stopping))
                {
                    if (change.Resource == process && change.Snapshot.State is { } state && state.Text != last)
                    {
                        last = state.Text;
                        if (state.Text != KnownResourceStates.Running) // they are when the store is ready
                        {
                            await HandOnAsync(notifications, state);
                        }
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The application ends.
            }
        }

        async Task HandOnAsync(ResourceNotificationService notifications, ResourceStateSnapshot state)
        {
            foreach (var child in Children())
            {
                await notifications.PublishUpdateAsync(child, snapshot => snapshot with { State = state });
            }
        }
    }
}
