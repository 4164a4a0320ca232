using System.Text.RegularExpressions;
using LocalRunner.Orchestration;

namespace LocalRunner;

/// <summary>What LocalRunner can do with single resources, which Aspire's API has no words for: start, stop, kill, and look at them.</summary>
/// <remarks>A resource's name means all its replicas; <c>orders-0</c> means one. Safe for concurrent use.</remarks>
public sealed partial class LocalRunnerControl
{
    // As long as a host gives its services by default in a container.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(10);
    private readonly Orchestrator _orchestrator;

    internal LocalRunnerControl(Orchestrator orchestrator) => _orchestrator = orchestrator;

    /// <summary>Gets everything that runs or could, in the order in which the AppHost names it.</summary>
    /// <returns>The instances.</returns>
    public IReadOnlyList<LocalRunnerInstance> List() => [.. _orchestrator.Instances.Select(Describe)];

    /// <summary>Starts what isn't running, without waiting for what it would wait for when the application starts.</summary>
    /// <param name="resource">The name of a resource or of one instance.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>When the processes run; whether they are well is for <c>ResourceNotifications</c> to tell.</returns>
    /// <exception cref="LocalRunnerException">There is no such resource, or it can't be started.</exception>
    public async Task StartAsync(string resource, CancellationToken cancellationToken)
    {
        var found = _orchestrator.Find(resource);
        var started = await Task.WhenAll(found.Select(instance => instance.StartAsync(cancellationToken)));
        var failed = Array.IndexOf(started, value: false);
        if (failed >= 0)
        {
            throw new LocalRunnerException($"{found[failed].Name} failed to start: {found[failed].Output.Snapshot()[^1].Text}");
        }
    }

    /// <summary>Asks to stop, as a person would who is done with it; kills what hasn't stopped after 10 s.</summary>
    /// <param name="resource">The name of a resource or of one instance.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When its processes have ended.</returns>
    /// <exception cref="LocalRunnerException">There is no such resource, or its process isn't LocalRunner's.</exception>
    public Task StopAsync(string resource, CancellationToken cancellationToken) =>
        Task.WhenAll(OwnProcesses(resource).Select(static instance => instance.StopAsync(_grace))).WaitAsync(cancellationToken);

    /// <summary>Stops and starts again.</summary>
    /// <param name="resource">The name of a resource or of one instance.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When the new processes run.</returns>
    /// <exception cref="LocalRunnerException">There is no such resource, its process isn't LocalRunner's, or it can't be started.</exception>
    public async Task RestartAsync(string resource, CancellationToken cancellationToken)
    {
        await StopAsync(resource, cancellationToken);
        await StartAsync(resource, cancellationToken);
    }

    /// <summary>Kills with SIGKILL, as the kernel would that is out of memory.</summary>
    /// <param name="resource">The name of a resource or of one instance.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When its processes are gone.</returns>
    /// <exception cref="LocalRunnerException">There is no such resource, or its process isn't LocalRunner's.</exception>
    public Task KillAsync(string resource, CancellationToken cancellationToken) =>
        Task.WhenAll(OwnProcesses(resource).Select(static instance => instance.KillAsync())).WaitAsync(cancellationToken);

    /// <summary>Gets the last 10,000 lines that each instance wrote, without colours.</summary>
    /// <param name="resource">The name of a resource or of one instance.</param>
    /// <returns>The lines; those of several instances in the order of their time.</returns>
    public IReadOnlyList<string> GetOutput(string resource) =>
        [.. _orchestrator.Find(resource).SelectMany(static instance => instance.Output.Snapshot()).OrderBy(static line => line.At).Select(static line => Plain(line.Text))];

    /// <summary>Gets the state of a resource, in the words of <see cref="ApplicationModel.KnownResourceStates"/>.</summary>
    /// <param name="resource">The name of a resource or of one instance.</param>
    /// <returns>The state; of several instances, that of the first which isn't running.</returns>
    public string GetState(string resource)
    {
        var states = _orchestrator.Notifications.Latest(resource).Select(static latest => latest.Snapshot.State.Text).ToList();
        return states.Find(static state => state != ApplicationModel.KnownResourceStates.Running) ?? states[0];
    }

    /// <summary>Gets the number of the process behind an instance.</summary>
    /// <param name="instance">The name of an instance, or of a resource that has only one.</param>
    /// <returns>The number; null while there is no process.</returns>
    /// <exception cref="LocalRunnerException">There is no such instance, or there are several.</exception>
    public int? GetProcessId(string instance) => _orchestrator.Find(instance) is [var one]
        ? one.ProcessId
        : throw new LocalRunnerException($"{instance} runs as several processes. Name one of them, such as {instance}-0.");

    internal static string Plain(string line) => Colours().Replace(line, "");

    private static LocalRunnerInstance Describe(Instance instance) => new(instance.Name, instance.Resource.Name, instance.Snapshot, instance.ProcessId);

    // To kill what has ended already is no error; to kill what was never ours is.
    private IReadOnlyList<Instance> OwnProcesses(string resource)
    {
        var found = _orchestrator.Find(resource);
        return found.FirstOrDefault(static instance => instance is { ProcessId: null, Snapshot.IsTerminal: false, Snapshot.State.Text: "Running" }) is { } foreign
            ? throw new LocalRunnerException($"{foreign.Name} has no process of LocalRunner's: it lives in another one, or was given by a connection string. Stop it where it runs.")
            : found;
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Colours();
}
