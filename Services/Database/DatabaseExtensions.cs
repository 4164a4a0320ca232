using System.Reflection;
using Dapper;
using Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Resilience.ConnectionPools;
using ServiceDefaults.Stores;

namespace Microsoft.Extensions.Hosting;

/// <summary>A database of a service's own.</summary>
public static class DatabaseExtensions
{
    /// <summary>Adds the data source, under the service's role, and the migrations, under the owner's: done before the service serves.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="connectionName">The name of the connection string, which is the owner's.</param>
    /// <param name="role">The role that the service works under.</param>
    /// <param name="migrations">The assembly that embeds the scripts.</param>
    public static void AddDatabase(this IHostApplicationBuilder builder, string connectionName, ServiceRole role, Assembly migrations)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(role);

        DefaultTypeMap.MatchNamesWithUnderscores = true;
        builder.Services.AddOptions<OwnerConnection>()
            .Configure<IConfiguration>((owner, configuration) => owner.Text = configuration.GetConnectionString(connectionName) ?? "")
            .Validate(
                static owner => owner.IsUsable,
                $"ConnectionStrings:{connectionName} has no Password, from which the password of the role '{role.Name}' is made. Add Password=… to ConnectionStrings__{connectionName}.")
            .ValidateOnStart();
        builder.AddRequiredConnectionString(connectionName, static value => _ = new NpgsqlConnectionStringBuilder(value));
        builder.AddNpgsqlDataSource(
            connectionName,
            static settings => settings.DisableHealthChecks = true, // the pool's check asks on a connection such as the service uses
            source =>
            {
                source.Name = connectionName; // else metrics name the pool by its connection string
                source.AddSpanNames();
                Configure(source.ConnectionStringBuilder, role);
            });
        builder.AddPooledDataSource<NpgsqlDataSource>(
            connectionName, PooledDataSourceOptions.PostgresReset, Configure, startsSuspended: true); // the role doesn't exist before the migrations
        builder.AddStartupWork(
            "migrations",
            async (services, cancellationToken) =>
            {
                var migrator = new DatabaseMigrator(
                    services.GetRequiredService<IOptions<OwnerConnection>>().Value.Text,
                    role,
                    migrations,
                    services.GetRequiredService<ILogger<DatabaseMigrator>>());
                await migrator.MigrateAsync(cancellationToken);
                services.GetRequiredService<PooledDataSource>().Pool.Resume();
            },
            needs: "postgres");
    }

    private static void Configure(NpgsqlConnectionStringBuilder connection, ServiceRole role)
    {
        role.Apply(connection);
        connection.Pooling = false; // ours is in front of it
        connection.Timeout = 2; // seconds for a new connection
        connection.CommandTimeout = 5; // seconds: the last resort behind the pipelines' own
        connection.CancellationTimeout = 200; // ms that a server has to confirm a cancelled command; the connection is given up then
    }

    private static void Configure(ConnectionPoolOptions pool)
    {
        pool.MaxSize = 25; // three processes share a server that takes 100
        pool.MinIdle = 2;
        pool.AcquireTimeout = TimeSpan.FromSeconds(2);
        pool.ConnectTimeout = TimeSpan.FromSeconds(2);
    }

    private sealed class OwnerConnection
    {
        public string Text { get; set; } = "";

        // What is missing or can't be read at all is reported by the data source.
        public bool IsUsable
        {
            get
            {
                try
                {
                    return Text.Length == 0 || new NpgsqlConnectionStringBuilder(Text).Password is { Length: > 0 };
                }
                catch (ArgumentException)
                {
                    return true;
                }
            }
        }
    }
}
