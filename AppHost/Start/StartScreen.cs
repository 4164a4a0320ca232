using System.Threading.Channels;
using Microsoft.Extensions.Hosting;

namespace AppHost.Start;

/// <summary>Shows the report of the start on the console while the application runs.</summary>
/// <param name="watch">Tells of changes.</param>
/// <param name="report">What is written about them.</param>
/// <param name="lifetime">Tells when the application stops: what ends from then on is no news.</param>
/// <param name="clock">Tells when the start takes too long.</param>
internal sealed class StartScreen(ResourceWatch watch, StartReport report, IHostApplicationLifetime lifetime, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30); // longer than a start on a busy machine; a first one may have to fetch the stores, and says so here
    private readonly Channel<InstanceState> _changes = Channel.CreateUnbounded<InstanceState>();

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        watch.OnChange = change => _changes.Writer.TryWrite(change);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await using var late = clock.CreateTimer(_ => report.WriteWhatIsLate(), state: null, _patience, Timeout.InfiniteTimeSpan);
        await foreach (var change in _changes.Reader.ReadAllAsync(either.Token))
        {
            await report.OnChangeAsync(change.Resource, change.Name, either.Token);
        }
    }
}
