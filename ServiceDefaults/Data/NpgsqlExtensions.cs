using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using ServiceDefaults.Data;

namespace Microsoft.Extensions.Hosting;

/// <summary>PostgreSQL for a service, under the name that Aspire.Npgsql gives it.</summary>
public static class NpgsqlExtensions
{
    /// <summary>Adds an <see cref="NpgsqlDataSource"/> with logs, traces, metrics and a health check.</summary>
    /// <remarks>Nothing is opened here: a service starts while its database is away, and says so in <c>/health</c>.</remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configureDataSourceBuilder">Changes the data source before it is built.</param>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder, string connectionName, Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        ConnectionString.Add(builder, connectionName, static value => _ = new NpgsqlConnectionStringBuilder(value));
        builder.Services.AddSingleton(services =>
        {
            var connectionString = services.GetRequiredService<IOptionsMonitor<ConnectionString>>().Get(connectionName).Value;
            var source = new NpgsqlDataSourceBuilder(connectionString) { Name = connectionName }; // metrics name the pool, not its connection string
            source.UseLoggerFactory(services.GetRequiredService<ILoggerFactory>());
            configureDataSourceBuilder?.Invoke(source);
            return source.Build();
        });

        builder.Services.AddOpenTelemetry()
            .WithTracing(static traces => traces.AddSource("Npgsql"))
            .WithMetrics(static metrics => metrics.AddMeter("Npgsql"));
        builder.Services.AddHealthChecks().Add(new(
            connectionName, static services => new NpgsqlHealthCheck(services.GetRequiredService<NpgsqlDataSource>()), HealthStatus.Unhealthy, tags: null));
    }

    private sealed class NpgsqlHealthCheck(NpgsqlDataSource source) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var command = source.CreateCommand("select 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException away)
            {
                return new(context.Registration.FailureStatus, "PostgreSQL doesn't answer.", away);
            }
        }
    }
}
