using System.Threading.Channels;
using Microsoft.Extensions.Hosting;

namespace AppHost.Start;

/// <summary>Shows the report of the start on the console while the application runs.</summary>
/// <param name="watch">Tells of changes.</param>
/// <param name="report">What is written about them.</param>
/// <param name="clock">Tells when the start takes too long.</param>
internal sealed class StartScreen(ResourceWatch watch, StartReport report, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90); // longer than any start seen, with both stores to fetch
    private readonly Channel<(InstanceState Change, InstanceState? Before)> _changes = Channel.CreateUnbounded<(InstanceState, InstanceState?)>();

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        watch.OnChange = (change, before) => _changes.Writer.TryWrite((change, before));
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var late = clock.CreateTimer(_ => report.WriteWhatIsLate(), state: null, _patience, Timeout.InfiniteTimeSpan);
        await foreach (var (change, before) in _changes.Reader.ReadAllAsync(stoppingToken))
        {
            await report.OnChangeAsync(change, before, stoppingToken);
        }
    }
}
