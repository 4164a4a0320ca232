using System.Globalization;
using EmbeddedStores.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace EmbeddedStores.AppModel;

/// <summary>The commands that break a store on purpose, and heal it.</summary>
/// <param name="store">The store.</param>
/// <param name="pause">How long a pause lasts when nothing heals it.</param>
internal sealed class StoreFaults(EmbeddedStore store, TimeSpan pause) : IDisposable
{
    private static readonly TimeSpan _defaultPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _healthyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private ITimer? _end;

    /// <summary>Adds the commands to a store's resource.</summary>
    /// <param name="builder">The store's builder.</param>
    /// <param name="pause">How long a pause lasts when nothing heals it; null for the default.</param>
    public static void AddCommands<T>(IResourceBuilder<T> builder, TimeSpan? pause)
        where T : IResource
    {
        var lasts = pause ?? _defaultPause;
        if (lasts <= TimeSpan.Zero || lasts > _longestPause)
        {
            throw new ArgumentOutOfRangeException(nameof(pause), pause, $"A pause lasts up to {_longestPause}, so that a forgotten one ends by itself.");
        }

        if (builder.ApplicationBuilder.ExecutionContext.IsPublishMode || StoreRegistry.Of(builder.ApplicationBuilder) is not { IsContainers: false } registry)
        {
            return;
        }

        var name = builder.Resource.Name;
        var store = registry.Find(name);
        if (store is { IsGiven: false })
        {
            var faults = new StoreFaults(store, lasts);
            builder.ApplicationBuilder.Services.AddSingleton(_ => faults);
            faults.AddTo(builder);
        }
        else if (store is null && !registry.HasProblemWith(name))
        {
            throw new InvalidOperationException($"{name} does not run as a process. Call RunAsProcess() before WithFaultCommands().");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _end?.Dispose();

    private void AddTo<T>(IResourceBuilder<T> builder)
        where T : IResource
    {
        var seconds = pause.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        builder.WithCommand("pause", "Pause", PauseAsync, Options(
            "Pause", $"Connections stay open and nothing answers, for {seconds} s or until Heal (SIGSTOP).", IsRunning));
        builder.WithCommand("kill", "Kill", KillAsync, Options("Flash", "The process ends at once, as in a crash (SIGKILL).", IsRunning));
        builder.WithCommand("heal", "Heal", HealAsync, Options("HeartPulse", "Ends a pause, and starts the store again when it is down.", static _ => true));
        builder.WithCommand("reset-data", "Reset data", ResetAsync, Options(
            "Delete", store.ResetDescription, static snapshot => IsRunning(snapshot) || IsDown(snapshot), $"Delete all data of {store.Name}?"));
    }

    private static CommandOptions Options(string icon, string description, Func<CustomResourceSnapshot, bool> isEnabled, string? confirmation = null) => new()
    {
        IconName = icon,
        IconVariant = IconVariant.Regular,
        Description = description,
        ConfirmationMessage = confirmation,
        UpdateState = context => isEnabled(context.ResourceSnapshot) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
    };

    private static bool IsRunning(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Running;

    private static bool IsDown(CustomResourceSnapshot snapshot) => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);

    private static (int Id, CustomResourceSnapshot Snapshot)? Find(ExecuteCommandContext context)
    {
        if (!context.Services.GetRequiredService<ResourceNotificationService>().TryGetCurrentState(context.ResourceName, out var now))
        {
            return null;
        }

        var id = now.Snapshot.Properties.FirstOrDefault(static property => property.Name == "executable.pid")?.Value;
        return (id is null || IsDown(now.Snapshot) ? 0 : Convert.ToInt32(id, CultureInfo.InvariantCulture), now.Snapshot);
    }

    private Task<ExecuteCommandResult> PauseAsync(ExecuteCommandContext context)
    {
        if (Find(context) is not { Id: > 0 and var id })
        {
            return Task.FromResult(NotRunning());
        }

        lock (_gate)
        {
            _end?.Dispose();
            _end = Clock.System.CreateTimer(_ => ProcessTree.Continue(id), state: null, pause, Timeout.InfiniteTimeSpan);
            ProcessTree.Stop(id);
        }

        return Task.FromResult(CommandResults.Success($"{store.Name} is paused for {pause.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s. Heal ends it earlier."));
    }

    private Task<ExecuteCommandResult> KillAsync(ExecuteCommandContext context)
    {
        if (Find(context) is not { Id: > 0 and var id })
        {
            return Task.FromResult(NotRunning());
        }

        EndPause(id: 0);
        ProcessTree.Kill(id);
        return Task.FromResult(CommandResults.Success($"{store.Name} was killed. Heal starts it again."));
    }

    private async Task<ExecuteCommandResult> HealAsync(ExecuteCommandContext context)
    {
        if (Find(context) is not { } found)
        {
            return NotRunning();
        }

        EndPause(found.Id);
        if (!IsDown(found.Snapshot))
        {
            return CommandResults.Success($"{store.Name} goes on.");
        }

        return await ExecuteAsync(context, KnownResourceCommands.StartCommand) ?? CommandResults.Success($"{store.Name} starts again.");
    }

    private async Task<ExecuteCommandResult> ResetAsync(ExecuteCommandContext context)
    {
        if (Find(context) is not { } found)
        {
            return NotRunning();
        }

        EndPause(found.Id);
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        if (!IsDown(found.Snapshot) && await ExecuteAsync(context, KnownResourceCommands.StopCommand) is { } unstopped)
        {
            return unstopped;
        }

        await notifications.WaitForResourceAsync(store.Name, KnownResourceStates.TerminalStates, context.CancellationToken);
        await store.DeleteDataAsync(context.CancellationToken);
        if (await ExecuteAsync(context, KnownResourceCommands.StartCommand) is { } unstarted)
        {
            return unstarted;
        }

        // The state from before the start may still be there, and is no reason to give up.
        using var limit = new CancellationTokenSource(_healthyWithin, Clock.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.CancellationToken);
        try
        {
            await notifications.WaitForResourceHealthyAsync(store.Name, WaitBehavior.WaitOnResourceUnavailable, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return CommandResults.Failure($"{store.Name} is empty, and was not healthy within {_healthyWithin.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s. Look at its log.");
        }

        await store.CompleteAsync(context.CancellationToken);
        return await RestartDependentsAsync(context);
    }

    // What waits for a store makes its roles and tables when it starts.
    private async Task<ExecuteCommandResult> RestartDependentsAsync(ExecuteCommandContext context)
    {
        var model = context.Services.GetRequiredService<DistributedApplicationModel>();
        var commands = context.Services.GetRequiredService<ResourceCommandService>();
        var dependents = model.Resources.Where(WaitsForStore).ToList();
        foreach (var dependent in dependents)
        {
            var result = await commands.ExecuteCommandAsync(dependent, KnownResourceCommands.RestartCommand, context.CancellationToken);
            if (!result.Success)
            {
                return CommandResults.Failure($"{store.Name} is empty, and runs. {dependent.Name} waits for it and was not started again: {result.Message}");
            }
        }

        var restarted = dependents.Count == 0 ? "" : $" Started again, since they wait for it: {string.Join(", ", dependents.Select(static dependent => dependent.Name))}.";
        return CommandResults.Success($"{store.Name} is empty, and runs.{restarted}");
    }

    private bool WaitsForStore(IResource resource) => resource is not IResourceWithParent && resource.Annotations.OfType<WaitAnnotation>()
        .Any(wait => wait.Resource.Name == store.Name || (wait.Resource is IResourceWithParent child && child.Parent.Name == store.Name));

    // Null means success.
    private static async Task<ExecuteCommandResult?> ExecuteAsync(ExecuteCommandContext context, string command)
    {
        var result = await context.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(context.ResourceName, command, context.CancellationToken);
        return result.Success ? null : result;
    }

    private ExecuteCommandResult NotRunning() => CommandResults.Failure($"{store.Name} is not running. Heal starts it.");

    private void EndPause(int id)
    {
        lock (_gate)
        {
            _end?.Dispose();
            _end = null;
            ProcessTree.Continue(id);
        }
    }
}
