using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults.Data;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Redis for a service, under the name that Aspire.StackExchange.Redis gives it.</summary>
public static class RedisExtensions
{
    private static readonly TimeSpan _connectWithin = TimeSpan.FromSeconds(1);

    /// <summary>Adds an <see cref="IConnectionMultiplexer"/> with logs, traces and a health check.</summary>
    /// <remarks>
    /// A cache is a soft dependency: without it the service starts, connects as soon as it can, and is <c>Degraded</c> instead of unhealthy.
    /// </remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configureOptions">Changes the options before the client connects.</param>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        ConnectionString.Add(builder, connectionName, static value => ConfigurationOptions.Parse(value));
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var connectionString = services.GetRequiredService<IOptionsMonitor<ConnectionString>>().Get(connectionName).Value;
            var options = ConfigurationOptions.Parse(connectionString);
            options.AbortOnConnectFail = false;
            options.ConnectTimeout = (int)_connectWithin.TotalMilliseconds; // the first connection is waited for at start
            options.ConnectRetry = 1;
            options.LoggerFactory = services.GetRequiredService<ILoggerFactory>();
            configureOptions?.Invoke(options);
            var redis = ConnectionMultiplexer.Connect(options);
            services.GetRequiredService<RedisTracing>().Follow(redis);
            return redis;
        });
        builder.Services.AddHostedService<RedisConnector>();
        builder.Services.TryAddSingleton<RedisTracing>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<RedisTracing>());
        builder.Services.AddOpenTelemetry().WithTracing(static traces => traces.AddSource(RedisTracing.SourceName));

        builder.Services.AddHealthChecks().Add(new(
            connectionName, static services => new RedisHealthCheck(services.GetRequiredService<IConnectionMultiplexer>()), HealthStatus.Degraded, tags: null));
    }

    // Connects before the server listens, so that no request waits for it.
    private sealed class RedisConnector(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) =>
            Task.Run(() => services.GetRequiredService<IConnectionMultiplexer>(), cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class RedisHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception away) when (away is RedisException or TimeoutException)
            {
                return new(context.Registration.FailureStatus, "Redis doesn't answer.", away);
            }
        }
    }
}
