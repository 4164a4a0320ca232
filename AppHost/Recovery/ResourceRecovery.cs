using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Resilience.Recovery;

namespace AppHost.Recovery;

/// <summary>Starts a resource again whose process has died, through Aspire's own command, within a budget.</summary>
/// <remarks>
/// What somebody stops, by a command or in the dashboard, stays stopped: its exit was asked for. The limits are those of <see cref="RecoveryOptions"/>; configuration's section
/// <c>Recovery</c> changes them.
/// </remarks>
internal sealed class ResourceRecovery : IHostedService, IDisposable
{
    private const string Section = "Recovery";
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(1); // a process in a crash loop is healthy for a moment, too

    private readonly ResourceWatch _watch;
    private readonly ResourceCommandService _commands;
    private readonly RecoveryOrchestrator _recovery;

    /// <summary>Makes the recovery.</summary>
    /// <param name="watch">Knows the states.</param>
    /// <param name="commands">Aspire's commands.</param>
    /// <param name="resources">The resources to look after.</param>
    /// <param name="options">The limits.</param>
    /// <param name="clock">Tells the time.</param>
    public ResourceRecovery(ResourceWatch watch, ResourceCommandService commands, IReadOnlyList<IResource> resources, RecoveryOptions options, TimeProvider clock)
    {
        _watch = watch;
        _commands = commands;
        _recovery = new("apphost", options, clock) { OnRecord = Write };
        foreach (var resource in resources)
        {
            _recovery.Add(new RecoveryProcedure($"restart {resource.Name}", _ => new(Describe(resource)), token => StartAsync(resource, token), _ => new(_watch.HasBeenHealthyFor(resource, _settled))));
        }
    }

    /// <summary>Says what was done.</summary>
    /// <returns>Each procedure, and the audit trail.</returns>
    public RecoverySnapshot Snapshot() => _recovery.Snapshot();

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _recovery.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _recovery.Dispose(); // or it would start again what the end of the application stops
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose() => _recovery.Dispose();

    /// <summary>Reads the limits.</summary>
    /// <param name="configuration">Has the section <c>Recovery</c>.</param>
    /// <returns>The limits, with what the section doesn't set as it suits a developer's machine.</returns>
    /// <exception cref="DistributedApplicationException">A value can't be read, or is outside its range.</exception>
    public static RecoveryOptions OptionsIn(IConfiguration configuration)
    {
        var options = new RecoveryOptions
        {
            Mode = RecoveryMode.Act,
            Interval = TimeSpan.FromSeconds(1),
            Confirmations = 2, // the second look is for what Aspire itself is just starting again
            CoolDown = TimeSpan.FromSeconds(5),
            ActionsPerHour = 60, // on a machine where things are broken on purpose
            Burst = 10,
        };
        try
        {
            configuration.GetSection(Section).Bind(options);
            Validator.ValidateObject(options, new(options), validateAllProperties: true);
            return options;
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or ValidationException)
        {
            throw new DistributedApplicationException($"{invalid.Message.TrimEnd('.')}. Correct the settings of the section {Section}; Resilience/Recovery/README.md lists them.", invalid);
        }
    }

    private static bool HasDied(InstanceState instance) => instance is { HasEnded: true, WasAskedToStop: false, ExitCode: not (null or 0) };

    private string? Describe(IResource resource) => _watch.InstancesOf(resource).FirstOrDefault(HasDied) is { } dead
        ? string.Create(CultureInfo.InvariantCulture, $"{dead.Name} has ended with exit code {dead.ExitCode}.")
        : null;

    private async ValueTask StartAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var dead in _watch.InstancesOf(resource).Where(HasDied).ToList())
        {
            var result = await _commands.ExecuteCommandAsync(dead.Name, KnownResourceCommands.StartCommand, cancellationToken);
            if (!result.Success)
            {
                throw new InvalidOperationException($"{dead.Name} can't be started: {result.Message}");
            }
        }
    }

    private static void Write(RecoveryRecord record) => Console.Out.WriteLine(
        $"{record.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  recovery, {record.Procedure}: {record.Finding} {record.Result}{(record.Suppression == default ? "" : $" ({record.Suppression})")}{(record.Detail is null ? "" : $". {record.Detail}")}");
}
