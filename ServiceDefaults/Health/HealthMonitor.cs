using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Health;
using ServiceDefaults.Startup;

namespace ServiceDefaults.Health;

/// <summary>Runs every health check in the background, each at its own pace, and knows what came of it.</summary>
/// <remarks>
/// Safe for concurrent use. Nothing is checked before the start-up work is done: checks connect to what that work prepares. A caller that asks burdens no
/// component, however often it asks.
/// </remarks>
internal sealed partial class HealthMonitor(
    IServiceScopeFactory scopes,
    IOptions<HealthCheckServiceOptions> checks,
    IOptionsMonitor<HealthPace> paces,
    StartupState startup,
    TimeProvider clock,
    ILogger<HealthMonitor> logger) : BackgroundService
{
    private readonly HealthProbe[] _probes = [.. checks.Value.Registrations.Select(check => CreateProbe(check, scopes, paces, clock))];

    /// <summary>Gets what is known of every component.</summary>
    /// <returns>In the order in which the checks were registered.</returns>
    public IReadOnlyList<ComponentHealth> Report() => [.. _probes.Select(static probe => probe.Snapshot())];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var probe in _probes)
        {
            probe.Dispose();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await startup.WaitAsync(stoppingToken);
        foreach (var probe in _probes)
        {
            probe.OnChange = changed => LogChange(
                logger, changed.Status is HealthStatus.Healthy ? LogLevel.Information : LogLevel.Warning, changed.Name, changed.Status, changed.Description ?? (changed.Status is HealthStatus.Healthy ? "its check passes" : "its check gives no reason"));
            probe.Start();
        }
    }

    private static HealthProbe CreateProbe(HealthCheckRegistration check, IServiceScopeFactory scopes, IOptionsMonitor<HealthPace> paces, TimeProvider clock)
    {
        return new(check.Name, CheckAsync, paces.Get(check.Name), check.FailureStatus, clock);

        async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
        {
            await using var scope = scopes.CreateAsyncScope();
            return await check.Factory(scope.ServiceProvider).CheckHealthAsync(new() { Registration = check }, cancellationToken);
        }
    }

    [LoggerMessage(Message = "The health of {Component} changed to {Status}: {Reason}")]
    private static partial void LogChange(ILogger logger, LogLevel level, string component, HealthStatus status, string reason);
}
