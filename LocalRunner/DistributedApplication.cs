using System.Reflection;
using LocalRunner.ApplicationModel;
using LocalRunner.Orchestration;
using LocalRunner.Terminal;
using LocalRunner.Testing;

namespace LocalRunner;

/// <summary>The application that the AppHost describes: starts its parts, watches them, and ends them.</summary>
public sealed class DistributedApplication : IAsyncDisposable
{
    private readonly string[] _args;

    internal DistributedApplication(DistributedApplicationBuilder builder, string[] args, HostingMode mode)
    {
        _args = args;
        Orchestrator = new(builder, mode, Clock.System);
    }

    /// <summary>Gets what tells when a resource has reached a state.</summary>
    public ResourceNotificationService ResourceNotifications => Orchestrator.Notifications;

    internal Orchestrator Orchestrator { get; }

    /// <summary>Begins to describe an application.</summary>
    /// <param name="args">The AppHost's arguments; <c>--Section:Key=value</c> is configuration.</param>
    /// <returns>What to describe it with.</returns>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) =>
        new DistributedApplicationBuilder(args, EntryPointRun.Current?.AppHost ?? Assembly.GetEntryAssembly()!, EntryPointRun.Current);

    /// <summary>Starts the application, for a test. It has begun when this returns: the ports are chosen, and what is up is for <see cref="ResourceNotifications"/> to tell.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>When every resource is on its way.</returns>
    public Task StartAsync(CancellationToken cancellationToken = default) => Orchestrator.StartAsync(cancellationToken);

    /// <summary>Stops every resource, in reverse order.</summary>
    /// <param name="cancellationToken">Has no effect: a process is never left behind.</param>
    /// <returns>When all have ended.</returns>
    public Task StopAsync(CancellationToken cancellationToken = default) => Orchestrator.StopAsync();

    /// <summary>Starts the application for a person, shows its start, and stops it on Ctrl+C.</summary>
    /// <param name="cancellationToken">Stops it as well.</param>
    /// <returns>When all have ended; <see cref="Environment.ExitCode"/> says whether all was well.</returns>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await using (this)
        {
            Environment.ExitCode = await new AppHostConsole(Orchestrator, _args).RunAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Orchestrator.DisposeAsync();
}
