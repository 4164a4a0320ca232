using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ServiceDefaults.Health;

/// <summary>Runs the health checks once for all who ask within two seconds, so that asking often doesn't burden what is asked about.</summary>
/// <remarks>Safe for concurrent use: whoever asks during a run shares it.</remarks>
internal sealed class HealthReports(HealthCheckService checks, TimeProvider clock)
{
    private static readonly TimeSpan _freshness = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private Task<HealthReport>? _latest;
    private long _startedAt;

    /// <summary>Gets a report that is at most two seconds old.</summary>
    /// <param name="cancellationToken">Ends the wait, not the run.</param>
    public Task<HealthReport> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_latest is null || (_latest.IsCompleted && clock.GetElapsedTime(_startedAt) >= _freshness))
            {
                _startedAt = clock.GetTimestamp();
                _latest = Task.Run(() => checks.CheckHealthAsync(CancellationToken.None), CancellationToken.None);
            }

            return _latest.WaitAsync(cancellationToken);
        }
    }
}
