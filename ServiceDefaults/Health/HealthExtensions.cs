using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ServiceDefaults.Startup;

namespace ServiceDefaults.Health;

/// <summary>Registers the checks and their limits.</summary>
internal static class HealthExtensions
{
    private static readonly TimeSpan _checkWithin = TimeSpan.FromSeconds(1);

    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<HealthReports>();
        services.AddHealthChecks()
            .AddCheck("self", static () => HealthCheckResult.Healthy(), ["live"])
            .AddCheck<StartupCheck>("startup");
        services.PostConfigure<HealthCheckServiceOptions>(static options =>
        {
            foreach (var check in options.Registrations)
            {
                check.Timeout = check.Timeout == Timeout.InfiniteTimeSpan ? _checkWithin : check.Timeout;
                if (check.Name.StartsWith("StackExchange.Redis", StringComparison.Ordinal)) // Aspire's; it takes a cache for a hard dependency
                {
                    check.FailureStatus = HealthStatus.Degraded;
                }
            }
        });
    }

    private sealed class StartupCheck(StartupState startup) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            startup.IsDone ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"The start isn't done: {startup.Current ?? "not begun"}."));
    }
}
