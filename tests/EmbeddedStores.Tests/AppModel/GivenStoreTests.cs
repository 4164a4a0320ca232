using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace EmbeddedStores.Tests.AppModel;

public sealed class GivenStoreTests : IDisposable
{
    private readonly TemporaryFolder _postgresFolder = new();
    private readonly TemporaryFolder _redisFolder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_given_server_gets_the_databases_and_no_process_is_started()
    {
        await using var postgres = new PostgresServer(new(_postgresFolder.FullPath));
        await using var redis = new RedisServer(new(_redisFolder.FullPath));
        await Task.WhenAll(postgres.StartAsync(Token), redis.StartAsync(Token));
        await using var app = new RunningApp();

        await app.StartAsync(
            $"--ConnectionStrings:postgres={postgres.ConnectionString};Application Name=mine", $"--ConnectionStrings:cache={redis.ConnectionString},abortConnect=false");

        var model = app.App.Services.GetRequiredService<DistributedApplicationModel>();
        Assert.Equal(["service"], model.Resources.OfType<ExecutableResource>().Select(static resource => resource.Name));
        Assert.False(Directory.Exists(app.DataPath));
        await app.RunningAsync("ordersdb");
        Assert.Equal("mine", await app.QueryAsync("select current_setting('application_name')"));
        Assert.Equal($"{redis.ConnectionString},abortConnect=false", await app.App.GetConnectionStringAsync("cache", Token));

        await postgres.KillAsync();
        // Aspire asks again half a minute after a healthy answer, and gets this one.
        var down = await app.App.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(static check => check.Name == "postgres_answers", Token);
        Assert.Equal(HealthStatus.Unhealthy, down.Status);
        Assert.StartsWith($"PostgreSQL at localhost:{postgres.Port} does not answer (", down.Entries.Single().Value.Description, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _postgresFolder.Dispose();
        _redisFolder.Dispose();
    }
}
