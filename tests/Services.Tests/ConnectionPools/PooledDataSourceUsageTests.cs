using System.Data.Common;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Resilience.ConnectionPools;
using Xunit;

namespace Services.Tests.ConnectionPools;

/// <summary>What the pattern's page shows, run.</summary>
public sealed class PooledDataSourceUsageTests(Stores stores)
{
    [Fact]
    public async Task As_the_data_source_of_a_service()
    {
        var connectionString = (await stores.CreateAsync()).Postgres;
        var services = new ServiceCollection();

        services.AddSingleton<DbDataSource>(_ =>
        {
            var connection = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
            return new PooledDataSource(
                "ordersdb",
                new NpgsqlDataSourceBuilder(connection.ConnectionString).Build(),
                new PooledDataSourceOptions
                {
                    Pool = new ConnectionPoolOptions { MaxSize = 25, AcquireTimeout = TimeSpan.FromSeconds(2) },
                    ResetCommand = PooledDataSourceOptions.PostgresReset,
                });
        });

        await using var provider = services.BuildServiceProvider();
        await using var opened = await provider.GetRequiredService<DbDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, await opened.ExecuteScalarAsync<int>("select 1 + 1"));
    }
}
