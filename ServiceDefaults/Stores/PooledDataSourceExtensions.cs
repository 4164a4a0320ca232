using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Resilience.ConnectionPools;
using Resilience.Pipelines;
using ServiceDefaults.Stores;

namespace Microsoft.Extensions.Hosting;

/// <summary>Our connection pool between a service and its database.</summary>
public static class PooledDataSourceExtensions
{
    private const string Section = "Resilience:ConnectionPools";

    /// <summary>Adds a <see cref="DbDataSource"/> that pools the connections of a data source whose own pool is off.</summary>
    /// <remarks>
    /// The pool is in the catalogue at <c>/resilience</c>, and its metrics are <c>db.client.connection.*</c>. Its settings are checked at start; while the service
    /// runs, a new <c>MaxSize</c> takes effect at once, the others with the next start. Code that asks for <typeparamref name="TSource"/> goes past the pool.
    /// The health check <paramref name="name"/> asks through the pool, and past it while all connections are in use.
    /// </remarks>
    /// <typeparam name="TSource">What opens the connections, such as <c>NpgsqlDataSource</c>, with <c>Pooling=false</c>.</typeparam>
    /// <param name="builder">The service's builder.</param>
    /// <param name="name">What to call the pool, such as the connection string's name. Settings: <c>Resilience:ConnectionPools:{name}</c>.</param>
    /// <param name="resetCommand">What makes a session as good as new, such as <see cref="PooledDataSourceOptions.PostgresReset"/>.</param>
    /// <param name="configure">Changes the defaults; configuration wins.</param>
    /// <param name="startsSuspended">Whether the pool connects only after <c>PooledDataSource.Pool.Resume()</c>: call it when what the connections need exists.</param>
    public static void AddPooledDataSource<TSource>(
        this IHostApplicationBuilder builder,
        string name,
        string resetCommand,
        Action<ConnectionPoolOptions>? configure = null,
        bool startsSuspended = false)
        where TSource : DbDataSource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        builder.Services.Configure<ConnectionPoolOptions>(name, options => configure?.Invoke(options));
        builder.AddValidatedOptions<ConnectionPoolOptions>($"{Section}:{name}", name);
        builder.Services.TryAddSingleton<ResilienceCatalogue>();
        builder.Services.AddSingleton(services => Create(
            services, name, services.GetRequiredService<TSource>(), new() { ResetCommand = resetCommand, StartsSuspended = startsSuspended }));
        builder.Services.AddSingleton<DbDataSource>(static services => services.GetRequiredService<PooledDataSource>());
        builder.Services.AddHealthChecks().Add(new(
            name,
            static services => new PooledDataSourceHealthCheck(
                services.GetRequiredService<PooledDataSource>(), services.GetRequiredService<TSource>(), services.GetRequiredService<TimeProvider>()),
            HealthStatus.Unhealthy,
            tags: null));
    }

    private static PooledDataSource Create(IServiceProvider services, string name, DbDataSource source, PooledDataSourceOptions pooling)
    {
        var options = services.GetRequiredService<IOptionsMonitor<ConnectionPoolOptions>>();
        pooling.Pool = options.Get(name);
        var pooled = new PooledDataSource(name, source, pooling, services.GetRequiredService<TimeProvider>());
        options.OnChange((changed, which) =>
        {
            if (which == name)
            {
                pooled.Pool.Resize(changed.MaxSize);
            }
        });
        services.GetRequiredService<ResilienceCatalogue>().Add(name, CatalogueEntry.For(pooled.Pool));
        return pooled;
    }
}
