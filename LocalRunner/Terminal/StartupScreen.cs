using System.Globalization;
using LocalRunner.ApplicationModel;
using LocalRunner.Orchestration;
using LocalRunner.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LocalRunner.Terminal;

/// <summary>Shows a start: each resource with its time as it becomes healthy, the last lines of one that fails, and then what changes.</summary>
/// <remarks>Writes forwards only, so that a pipe gets the same text as a terminal. Safe for concurrent use.</remarks>
internal sealed class StartupScreen
{
    private const int LastLines = 10;

    private readonly TextWriter _output;
    private readonly Style _style;
    private readonly Func<string, IReadOnlyList<OutputLine>> _linesOf;
    private readonly Func<IEnumerable<string>> _ready;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceEvent> _latest = new(StringComparer.Ordinal);
    private readonly List<IResource> _unsettled;
    private readonly List<string> _failed = [];
    private bool _isMidLine;

    /// <summary>Begins to show.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="style">How.</param>
    /// <param name="resources">The application's resources.</param>
    /// <param name="linesOf">What an instance has written.</param>
    /// <param name="ready">What to show once all is up.</param>
    /// <param name="clock">Tells the time.</param>
    public StartupScreen(
        TextWriter output, Style style, IEnumerable<IResource> resources, Func<string, IReadOnlyList<OutputLine>> linesOf, Func<IEnumerable<string>> ready, TimeProvider clock)
    {
        _output = output;
        _style = style;
        _linesOf = linesOf;
        _ready = ready;
        _clock = clock;
        _began = clock.GetTimestamp();
        _unsettled = [.. resources.Where(IsShown)];
    }

    /// <summary>Shows a change, where there is something to see.</summary>
    /// <param name="change">The change.</param>
    public void OnChange(ResourceEvent change)
    {
        if (!IsShown(change.Resource))
        {
            return;
        }

        lock (_gate)
        {
            var before = _latest.GetValueOrDefault(change.ResourceId)?.Snapshot;
            _latest[change.ResourceId] = change;
            if (change.Snapshot.State.Text == KnownResourceStates.FailedToStart)
            {
                ShowFailure(change.ResourceId);
                Settle(change.Resource, _failed.Add);
            }
            else if (!_unsettled.Contains(change.Resource))
            {
                ShowTurn(change, before);
            }
            else if (InstanceNames.Of(change.Resource) is var instances && instances.All(IsHealthy))
            {
                Write($" {Label(change.Resource.Name, instances.Count)} {_style.Good("●")} {Seconds("F1")}s ");
                Settle(change.Resource, static _ => { });
            }
        }
    }

    // A database has no process, and is there as soon as its server is.
    private static bool IsShown(IResource resource) => resource is not IResourceWithParent<IResource>;

    private static string Label(string name, int instances) => instances == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}×{instances}");

    private bool IsHealthy(string instance) => _latest.GetValueOrDefault(instance)?.Snapshot is { HealthStatus: HealthStatus.Healthy };

    private string Seconds(string format) => _clock.GetElapsedTime(_began).TotalSeconds.ToString(format, CultureInfo.InvariantCulture);

    private void Settle(IResource resource, Action<string> note)
    {
        if (!_unsettled.Remove(resource))
        {
            return;
        }

        note(resource.Name);
        if (_unsettled.Count > 0)
        {
            return;
        }

        WriteLine(_failed.Count == 0
            ? $" {_style.Strong($"Ready in {Seconds("F1")} s")}"
            : $" {_style.Bad($"Up after {Seconds("F1")} s, without {string.Join(", ", _failed)}")}");
        foreach (var line in _ready())
        {
            WriteLine(line);
        }
    }

    private void ShowFailure(string instance)
    {
        WriteLine($" {_style.Bad("✗")} {instance} failed to start. Its last lines:");
        foreach (var line in _linesOf(instance).TakeLast(LastLines))
        {
            WriteLine($"   {instance} | {_style.Foreign(line.Text)}");
        }
    }

    // What a person should know of a resource that was up: its end, its illness, its recovery.
    private void ShowTurn(ResourceEvent change, CustomResourceSnapshot? before)
    {
        var now = change.Snapshot;
        var line = (now.State.Text, now.HealthStatus, before?.HealthStatus) switch
        {
            ("Exited" or "Finished", _, _) => _style.Notable($"{change.ResourceId} has ended{(now.ExitCode is { } code ? $" with exit code {code}" : "")}"),
            ("Running", HealthStatus.Healthy, not HealthStatus.Healthy) => _style.Good($"{change.ResourceId} is healthy"),
            ("Running", HealthStatus.Unhealthy, HealthStatus.Healthy) => _style.Notable($"{change.ResourceId} is unhealthy"),
            _ => null,
        };
        if (line is not null)
        {
            WriteLine($" {_clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {line}");
        }
    }

    private void Write(string text)
    {
        _output.Write(text);
        _output.Flush();
        _isMidLine = true;
    }

    private void WriteLine(string text)
    {
        if (_isMidLine)
        {
            _output.WriteLine();
        }

        _isMidLine = false;
        _output.WriteLine(text);
    }
}
