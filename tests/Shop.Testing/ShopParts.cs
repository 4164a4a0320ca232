using System.Collections.Concurrent;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.Testing;

/// <summary>Starts, stops and kills the processes of a running shop.</summary>
/// <remarks>
/// A part is a resource of the AppHost, such as <c>orders</c>, which means all its replicas, or one instance, such as <c>orders-kzafpwpc</c>: Aspire chooses other ones
/// for each shop. Safe for concurrent use.
/// </remarks>
public sealed class ShopParts : IAsyncDisposable
{
    private static readonly TimeSpan _pollEvery = TimeSpan.FromMilliseconds(25);
    private readonly ConcurrentDictionary<string, ResourceEvent> _latest = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();
    private readonly HttpClient _probe = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly ResourceCommandService _commands;
    private readonly ResourceLoggerService _logs;
    private readonly Task _watching;

    internal ShopParts(DistributedApplication app)
    {
        _commands = app.Services.GetRequiredService<ResourceCommandService>();
        _logs = app.Services.GetRequiredService<ResourceLoggerService>();
        _watching = WatchAsync(app.ResourceNotifications, _ending.Token);
    }

    /// <summary>Gets the names of a part's instances.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <returns>The names, in an order that stays the same.</returns>
    /// <exception cref="ArgumentException">There is no such part.</exception>
    public IReadOnlyList<string> InstancesOf(string part)
    {
        var names = _latest.Values.Where(latest => latest.Resource.Name == part || latest.ResourceId == part).Select(static latest => latest.ResourceId).Order(StringComparer.Ordinal).ToList();
        return names.Count > 0 ? names : throw new ArgumentException($"The shop has no part '{part}'. It has {string.Join(", ", _latest.Keys.Order(StringComparer.Ordinal))}.", nameof(part));
    }

    /// <summary>Gets the process that does the work of an instance.</summary>
    /// <param name="part">An instance, or a resource that has only one.</param>
    /// <returns>The process's number.</returns>
    /// <exception cref="InvalidOperationException">The part doesn't run.</exception>
    public int ProcessIdOf(string part) => ProcessOf(InstancesOf(part).Single()) ?? throw new InvalidOperationException($"{part} doesn't run.");

    /// <summary>Gets the address that an instance itself listens on. Aspire's proxy, which all replicas share, is not asked.</summary>
    /// <param name="part">An instance of a service, or a service that has only one.</param>
    /// <returns>The address; it may be another one after a restart.</returns>
    public Uri AddressOf(string part) => new(_latest[InstancesOf(part).Single()].Snapshot.EnvironmentVariables.Single(static variable => variable.Name == "ASPNETCORE_URLS").Value!);

    /// <summary>Gets what the instances of a part have written.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The lines.</returns>
    public async Task<IReadOnlyList<string>> OutputOfAsync(string part, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var instance in InstancesOf(part))
        {
            await foreach (var batch in _logs.GetAllAsync(instance).WithCancellation(cancellationToken))
            {
                lines.AddRange(batch.Select(static line => line.Content));
            }
        }

        return lines;
    }

    /// <summary>Ends the processes of a part with SIGKILL.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When Aspire has noticed.</returns>
    public async Task KillAsync(string part, CancellationToken cancellationToken)
    {
        var instances = InstancesOf(part);
        foreach (var instance in instances)
        {
            Signals.Kill(ProcessIdOf(instance));
        }

        foreach (var instance in instances)
        {
            await UntilAsync(instance, static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text), cancellationToken);
        }
    }

    /// <summary>Starts those instances of a part that don't run.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When their processes have been started.</returns>
    public Task StartAsync(string part, CancellationToken cancellationToken) => CommandAsync(
        [.. InstancesOf(part).Where(instance => ProcessOf(instance) is null)], KnownResourceCommands.StartCommand, cancellationToken);

    /// <summary>Asks a part to stop (SIGTERM).</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it has.</returns>
    public Task StopAsync(string part, CancellationToken cancellationToken) => CommandAsync(InstancesOf(part), KnownResourceCommands.StopCommand, cancellationToken);

    /// <summary>Stops a part and starts it again.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When its new processes have been started.</returns>
    public async Task RestartAsync(string part, CancellationToken cancellationToken)
    {
        await StopAsync(part, cancellationToken);
        await StartAsync(part, cancellationToken);
    }

    /// <summary>Suspends a part with all its processes (SIGSTOP).</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <returns>When it is suspended.</returns>
    public Task PauseAsync(string part)
    {
        foreach (var process in InstancesOf(part).Select(ProcessOf).OfType<int>())
        {
            Signals.Stop(process); // first, so that it starts no others meanwhile
            foreach (var child in ProcessTree.DescendantsOf(process))
            {
                Signals.Stop(child);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Lets a part run that was suspended (SIGCONT); one that wasn't, or doesn't run, stays as it is.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <returns>When it runs.</returns>
    public Task ResumeAsync(string part)
    {
        foreach (var process in InstancesOf(part).Select(ProcessOf).OfType<int>())
        {
            Signals.Continue(process);
            foreach (var child in ProcessTree.DescendantsOf(process))
            {
                Signals.Continue(child);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits until a part is healthy: every one of its instances.</summary>
    /// <param name="part">A resource, or one of its instances.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is.</returns>
    public async Task UntilHealthyAsync(string part, CancellationToken cancellationToken)
    {
        foreach (var instance in InstancesOf(part))
        {
            await UntilAsync(instance, static snapshot => snapshot.State?.Text == KnownResourceStates.Running && snapshot.HealthStatus is HealthStatus.Healthy, cancellationToken);
            if (_latest[instance].Resource is ProjectResource)
            {
                await UntilItSaysSoAsync(instance, cancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching;
        _ending.Dispose();
        _probe.Dispose();
    }

    // Aspire asks replicas through the proxy that they share, and keeps a report from before a restart until the next one.
    private async Task UntilItSaysSoAsync(string instance, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var reply = await _probe.GetAsync(new Uri(AddressOf(instance), "/health"), cancellationToken);
                if (reply.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // It doesn't listen yet.
            }

            await Task.Delay(_pollEvery, cancellationToken);
        }
    }

    private async Task CommandAsync(IReadOnlyList<string> instances, string command, CancellationToken cancellationToken)
    {
        var isOver = command == KnownResourceCommands.StartCommand
            ? static snapshot => snapshot.State?.Text == KnownResourceStates.Running
            : (Predicate<CustomResourceSnapshot>)(static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        var results = await Task.WhenAll(instances.Select(instance => _commands.ExecuteCommandAsync(instance, command, cancellationToken)));
        if (results.FirstOrDefault(static result => !result.Success) is { } failure)
        {
            throw new InvalidOperationException($"The command '{command}' of {string.Join(", ", instances)} failed: {failure.Message}");
        }

        foreach (var instance in instances)
        {
            await UntilAsync(instance, isOver, cancellationToken);
        }
    }

    private async Task UntilAsync(string instance, Predicate<CustomResourceSnapshot> holds, CancellationToken cancellationToken)
    {
        while (!holds(_latest[instance].Snapshot))
        {
            await Task.Delay(_pollEvery, cancellationToken);
        }
    }

    private int? ProcessOf(string instance)
    {
        var latest = _latest[instance];
        if (KnownResourceStates.TerminalStates.Contains(latest.Snapshot.State?.Text)
            || latest.Snapshot.Properties.FirstOrDefault(static property => property.Name == "executable.pid")?.Value is not { } value)
        {
            return null;
        }

        return Convert.ToInt32(value, CultureInfo.InvariantCulture);
    }

    private async Task WatchAsync(ResourceNotificationService notifications, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                _latest[change.ResourceId] = change;
            }
        }
        catch (OperationCanceledException)
        {
            // The shop ends.
        }
    }
}
