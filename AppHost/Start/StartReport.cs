using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AppHost.Start;

/// <summary>Writes the block that ends the start: ready after how long, and where; or which resource failed, with its last lines. After it, one line for each resource that ends.</summary>
/// <remarks>Writes forwards only, so that a pipe gets the same text as a terminal.</remarks>
/// <param name="resources">The resources that must be healthy for the application to be ready.</param>
/// <param name="watch">Knows their states.</param>
/// <param name="linesOf">Gets the last lines of an instance.</param>
/// <param name="addresses">What to open first.</param>
/// <param name="output">Where to write.</param>
/// <param name="style">How to write.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="began">When the start began: a time stamp of the clock.</param>
internal sealed class StartReport(
    IReadOnlyList<IResource> resources,
    ResourceWatch watch,
    Func<string, CancellationToken, Task<IReadOnlyList<string>>> linesOf,
    IReadOnlyList<StartAddress> addresses,
    TextWriter output,
    Style style,
    TimeProvider clock,
    long began)
{
    private readonly List<IResource> _open = [.. resources];
    private readonly List<IResource> _failed = [];
    private readonly Dictionary<string, InstanceState> _written = new(StringComparer.Ordinal);
    private bool _isOver;

    /// <summary>Writes what a change means to a person, if anything.</summary>
    /// <param name="changed">The resource that has changed.</param>
    /// <param name="name">The name of its instance. The watch knows its state, which may be newer than the change.</param>
    /// <param name="cancellationToken">Ends the wait for the lines of what failed.</param>
    /// <returns>When it is written.</returns>
    public async Task OnChangeAsync(IResource changed, string name, CancellationToken cancellationToken)
    {
        if (!resources.Contains(changed))
        {
            return;
        }

        if (_isOver)
        {
            WriteTurn(changed, name);
            return;
        }

        _open.RemoveAll(watch.IsHealthy);
        foreach (var resource in _open.Where(resource => FailureOf(resource) is not null).ToList())
        {
            _open.Remove(resource);
            _failed.Add(resource);
            await WriteFailureAsync(resource, FailureOf(resource)!, cancellationToken);
        }

        // What waits for a resource that failed goes on waiting until somebody mends that.
        if (_open.Count == 0 || (_failed.Count > 0 && _open.TrueForAll(IsInVain)))
        {
            _isOver = true;
            foreach (var instance in resources.SelectMany(watch.InstancesOf))
            {
                _written[instance.Name] = instance;
            }

            WriteBlock();
        }
    }

    /// <summary>Says which resources are still not healthy, unless the block is written.</summary>
    public void WriteWhatIsLate()
    {
        if (!_isOver)
        {
            WriteLine(style.Notable($"Not ready after {Seconds()} s: {string.Join(", ", _open.Select(Describe))}."));
        }
    }

    private void WriteBlock()
    {
        WriteLine(_failed.Count == 0
            ? $"{style.Strong(style.Good($"Ready in {Seconds()} s"))}     (Ctrl+C stops everything)"
            : style.Bad($"Up after {Seconds()} s, without {Names(_failed)}{(_open.Count == 0 ? "" : $"; waiting for that: {Names(_open)}")}") + "     (Ctrl+C stops everything)");
        foreach (var address in addresses.Where(address => address.Resource is null || watch.IsHealthy(address.Resource)))
        {
            var url = address.Find();
            WriteLine($"  {address.Name,-10}  {url}{(address.Try is null ? "" : $"      try: {address.Try(url)}")}");
        }
    }

    private async Task WriteFailureAsync(IResource resource, InstanceState failure, CancellationToken cancellationToken)
    {
        WriteLine($"{style.Bad("✗")} {style.Strong(resource.Name)}: {failure.State}{ExitCode(failure, ", exit code")}. Its last lines (all of them: dotnet aspire logs {resource.Name}):");
        foreach (var line in await linesOf(failure.Name, cancellationToken))
        {
            WriteLine($"    {line}");
        }
    }

    // From what a person has read to what is so now: changes may have waited while something else was written.
    private void WriteTurn(IResource changed, string name)
    {
        if (watch.InstancesOf(changed).FirstOrDefault(instance => instance.Name == name) is not { } now)
        {
            return;
        }

        var before = _written.GetValueOrDefault(name);
        _written[name] = now;
        var line =
            before is null ? null
            : now.HasEnded && !before.HasEnded ? $"{style.Notable($"{now.Name} has ended{ExitCode(now, " with exit code")}")}   dotnet aspire logs {now.Resource.Name}"
            : now.IsHealthy && !before.IsHealthy ? style.Good($"{now.Name} is healthy")
            : now.Health is HealthStatus.Unhealthy && before.Health is HealthStatus.Healthy or HealthStatus.Degraded ? style.Notable($"{now.Name} is unhealthy")
            : null;
        if (line is not null)
        {
            WriteLine($"{clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {line}");
        }
    }

    private InstanceState? FailureOf(IResource resource) => watch.InstancesOf(resource).FirstOrDefault(static instance => instance.HasFailed);

    // A resource that waits for a database waits for its server.
    private bool IsInVain(IResource resource) => resource.Annotations.OfType<WaitAnnotation>()
        .Select(static wait => wait.Resource is IResourceWithParent child ? child.Parent : wait.Resource)
        .Any(needed => _failed.Exists(failed => failed.Name == needed.Name) || IsInVain(needed));

    private string Describe(IResource resource)
    {
        var states = watch.InstancesOf(resource).Select(static instance => $"{instance.State}{(instance.Health is { } health ? $", {health}" : "")}").Distinct(StringComparer.Ordinal).ToList();
        return $"{resource.Name} ({(states.Count == 0 ? "not created" : string.Join(" / ", states))})";
    }

    private static string Names(IEnumerable<IResource> several) => string.Join(", ", several.Select(static resource => resource.Name));

    private static string ExitCode(InstanceState instance, string prefix) => instance.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"{prefix} {code}") : "";

    private string Seconds() => clock.GetElapsedTime(began).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);

    private void WriteLine(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}
