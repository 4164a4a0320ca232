using Npgsql;
using Resilience.ConnectionPools;

namespace Services.Tests.ConnectionPools;

/// <summary>PostgreSQL through our pool, as a service has it: Npgsql's own pool is off.</summary>
internal static class PooledPostgres
{
    public static PooledDataSource Source(string connectionString, Action<ConnectionPoolOptions>? configure = null, TimeSpan? readOnlyRenewal = null)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 2, CommandTimeout = 5, CancellationTimeout = 200 };
        var pool = new ConnectionPoolOptions { MaxSize = 1, DrainTimeout = TimeSpan.FromSeconds(1) };
        configure?.Invoke(pool);
        return new(
            "ordersdb",
            new NpgsqlDataSourceBuilder(connection.ConnectionString).Build(),
            new() { Pool = pool, ResetCommand = PooledDataSourceOptions.PostgresReset, ReadOnlyRenewal = readOnlyRenewal ?? TimeSpan.FromSeconds(1) });
    }
}
