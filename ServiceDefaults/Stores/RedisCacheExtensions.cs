using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Trace;
using ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Redis as a cache: a soft dependency.</summary>
public static class RedisCacheExtensions
{
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Adds Aspire's <see cref="IConnectionMultiplexer"/>, for a service that works without it.</summary>
    /// <remarks>
    /// The start connects within a second. Without Redis the service starts, connects as soon as it can, and its health is <c>Degraded</c>.
    /// Each command of a traced request is a span, named for the command.
    /// </remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configure">Changes the options before the client connects.</param>
    public static void AddRedisCache(this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.AddRequiredConnectionString(connectionName, static value => ConfigurationOptions.Parse(value));
        builder.AddRedisClient(
            connectionName,
            static settings =>
            {
                settings.DisableHealthChecks = true; // Aspire's check says Unhealthy
                settings.DisableTracing = true; // Aspire's copy of the instrumentation waits 10 s, and its options are not public
                settings.DisableAutoActivation = false; // connects before the server listens, so that no request waits for it
            },
            options =>
            {
                options.AbortOnConnectFail = false;
                options.ConnectTimeout = (int)_connectTimeout.TotalMilliseconds;
                options.ConnectRetry = 1;
                configure?.Invoke(options);
            });
        builder.Services.AddOpenTelemetry().WithTracing(static traces => traces.AddRedisInstrumentation(RedisSpans.Configure));
        builder.Services.AddHealthChecks().Add(new(
            connectionName, static services => new RedisHealthCheck(services.GetRequiredService<IConnectionMultiplexer>()), HealthStatus.Degraded, tags: null));
    }
}
