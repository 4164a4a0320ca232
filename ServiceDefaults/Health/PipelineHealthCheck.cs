using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Pipelines;

namespace ServiceDefaults.Health;

/// <summary>Whether every pipeline of the service lets calls through: no breaker is open, no limiter full, no pool dry.</summary>
/// <remarks>Asks the catalogue, and no dependency. The service serves on, so it is degraded at worst.</remarks>
internal sealed class PipelineHealthCheck(ResilienceCatalogue catalogue) : IHealthCheck
{
    public const string Name = "pipelines";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] troubles =
        [
            .. from pipeline in catalogue.Describe()
               from strategy in pipeline.Strategies
               let trouble = TroubleOf(strategy)
               where trouble is not null
               select pipeline.Partition is null ? $"{pipeline.Name}: {trouble}" : $"{pipeline.Name} to {pipeline.Partition}: {trouble}",
        ];
        return Task.FromResult(troubles.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"{string.Join("; ", troubles)}."));
    }

    private static string? TroubleOf(StrategyDescription strategy) => strategy.Kind switch
    {
        "circuit-breaker" when strategy.State.GetValueOrDefault("state") is string state and not "closed" => $"the breaker is {state}",
        "bulkhead" when Number(strategy.State, "inUse") is { } inUse && inUse >= Number(strategy.Options, "maxConcurrency") => "all permits are in use",
        "connection-pool" when strategy.State.GetValueOrDefault("isServerAway") is true => "the pool's server is away",
        "connection-pool" when Number(strategy.State, "waiting") > 0 && Number(strategy.State, "idle") == 0 => "callers wait for a connection",
        _ => null,
    };

    private static double? Number(IReadOnlyDictionary<string, object?> values, string key) =>
        values.GetValueOrDefault(key) is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
}
