using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AppHost.Start;

/// <summary>Writes the block that ends the start: ready after how long, and where; or which resource failed, with its last lines. Then one line for each resource that ends.</summary>
/// <remarks>Writes forwards only, so that a pipe gets the same text as a terminal.</remarks>
/// <param name="watch">Knows the states.</param>
/// <param name="logs">Has the resources' lines.</param>
/// <param name="addresses">What to print when all is ready: a name, a function that finds the address, and what to try.</param>
/// <param name="options">Where to write, how, and since when.</param>
internal sealed class StartScreen(ResourceWatch watch, ResourceLoggerService logs, IReadOnlyList<StartAddress> addresses, StartScreenOptions options) : BackgroundService
{
    private const int LastLines = 10;
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90); // longer than any start seen, with both stores to fetch
    private static readonly TimeSpan _linesWithin = TimeSpan.FromSeconds(1);
    private readonly ConcurrentQueue<(ResourceEvent Change, CustomResourceSnapshot? Before)> _changes = new();

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        watch.OnChange = (change, before) => _changes.Enqueue((change, before));
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var open = options.Resources.ToList();
        var failed = new List<IResource>();
        var isLate = false;
        using var timer = new PeriodicTimer(_lookEvery, options.Clock);
        while (open.Count > 0 && await timer.WaitForNextTickAsync(stoppingToken))
        {
            open.RemoveAll(watch.IsHealthy);
            foreach (var resource in open.Where(HasFailed).ToList())
            {
                open.Remove(resource);
                failed.Add(resource);
                await WriteFailureAsync(resource, stoppingToken);
            }

            if (failed.Count > 0 && open.TrueForAll(resource => WaitsFor(resource, failed)))
            {
                break; // and waits for as long as nobody mends what failed
            }

            if (!isLate && options.Clock.GetElapsedTime(options.Began) > _patience)
            {
                isLate = true;
                WriteLine(options.Style.Notable($"Not ready after {Seconds()} s: {string.Join(", ", open.Select(Describe))}."));
            }
        }

        WriteBlock(open, failed);
        _changes.Clear();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            while (_changes.TryDequeue(out var next))
            {
                WriteChange(next.Change, next.Before);
            }
        }
    }

    private void WriteBlock(List<IResource> waiting, List<IResource> failed)
    {
        if (failed.Count == 0)
        {
            WriteLine($"{options.Style.Strong(options.Style.Good($"Ready in {Seconds()} s"))}     (Ctrl+C stops everything)");
        }
        else
        {
            var without = $"Up after {Seconds()} s, without {string.Join(", ", failed.Select(static resource => resource.Name))}";
            WriteLine(options.Style.Bad(waiting.Count == 0 ? without : $"{without}; {string.Join(", ", waiting.Select(static resource => resource.Name))} {(waiting.Count == 1 ? "waits" : "wait")} for that"));
        }

        foreach (var address in addresses)
        {
            if (address.Resource is null)
            {
                WriteLine($"  {address.Name,-10}  {address.Find()}");
            }
            else if (watch.IsHealthy(address.Resource))
            {
                WriteLine($"  {address.Name,-10}  {address.Find(),-26}{(address.Try is null ? "" : $"  try: {address.Try(address.Find())}")}".TrimEnd());
            }
        }
    }

    private bool HasFailed(IResource resource) => watch.InstancesOf(resource).Any(static instance => ResourceWatch.HasEnded(instance.Snapshot) || instance.Snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy);

    // A resource that waits for a database waits for its server.
    private static bool WaitsFor(IResource resource, List<IResource> failed) => resource.Annotations.OfType<WaitAnnotation>()
        .Select(static wait => wait.Resource is IResourceWithParent child ? child.Parent : wait.Resource)
        .Any(needed => failed.Exists(each => each.Name == needed.Name) || WaitsFor(needed, failed));

    private string Describe(IResource resource)
    {
        var states = watch.InstancesOf(resource).Select(static instance => $"{instance.Snapshot.State?.Text ?? "not created"}{(instance.Snapshot.HealthStatus is { } health ? $", {health}" : "")}").Distinct(StringComparer.Ordinal);
        return $"{resource.Name} ({string.Join(" / ", states)})";
    }

    private async Task WriteFailureAsync(IResource resource, CancellationToken cancellationToken)
    {
        var ended = watch.InstancesOf(resource).First(static instance => ResourceWatch.HasEnded(instance.Snapshot) || instance.Snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy);
        var code = ended.Snapshot.ExitCode is { } number ? string.Create(CultureInfo.InvariantCulture, $", exit code {number}") : "";
        WriteLine($"{options.Style.Bad("✗")} {options.Style.Strong(resource.Name)}: {ended.Snapshot.State?.Text}{code}. Its last lines (all: dotnet aspire logs {resource.Name}):");
        foreach (var line in await LastLinesOfAsync(ended.ResourceId, cancellationToken))
        {
            WriteLine($"    {line}");
        }
    }

    private async Task<IReadOnlyList<string>> LastLinesOfAsync(string instance, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_linesWithin);
        try
        {
            await foreach (var batch in logs.GetAllAsync(instance).WithCancellation(limit.Token))
            {
                lines.AddRange(batch.Select(static line => Style.Plain(line.Content)).Where(static line => !string.IsNullOrWhiteSpace(line)));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What has come so far.
        }

        return [.. lines.TakeLast(LastLines)];
    }

    private void WriteChange(ResourceEvent change, CustomResourceSnapshot? before)
    {
        if (!options.Resources.Contains(change.Resource))
        {
            return;
        }

        var now = change.Snapshot;
        string? line = null;
        if (ResourceWatch.HasEnded(now) && (before is null || !ResourceWatch.HasEnded(before)))
        {
            line = options.Style.Notable($"{change.ResourceId} has ended{(now.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $" with exit code {code}") : "")}") + $"   dotnet aspire logs {change.Resource.Name}";
        }
        else if (ResourceWatch.IsHealthy(now) && before is not null && !ResourceWatch.IsHealthy(before))
        {
            line = options.Style.Good($"{change.ResourceId} is healthy");
        }
        else if (now.HealthStatus is HealthStatus.Unhealthy && before?.HealthStatus is HealthStatus.Healthy or HealthStatus.Degraded)
        {
            line = options.Style.Notable($"{change.ResourceId} is unhealthy");
        }

        if (line is not null)
        {
            WriteLine($"{options.Clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {line}");
        }
    }

    private string Seconds() => options.Clock.GetElapsedTime(options.Began).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);

    private void WriteLine(string line)
    {
        options.Output.WriteLine(line);
        options.Output.Flush();
    }
}
