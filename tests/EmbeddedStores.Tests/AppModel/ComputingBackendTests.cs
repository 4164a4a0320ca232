using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using EmbeddedStores.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Xunit;

namespace EmbeddedStores.Tests.AppModel;

/// <summary>Apart, with an application of its own, since it leaves a processor busy for a while.</summary>
public sealed class ComputingBackendTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backend_that_is_computing_does_not_stop_the_start_after_a_kill_of_the_server_alone()
    {
        await using var app = new RunningApp();
        await app.StartAsync();
        await using var busy = new NpgsqlConnection(await app.App.GetConnectionStringAsync("ordersdb", Token));
        await busy.OpenAsync(Token);
        await using var command = new NpgsqlCommand("select count(*) from generate_series(1, 4000000000)", busy);
        var computing = command.ExecuteScalarAsync(CancellationToken.None);

        UnixSignals.Kill(await app.ProcessOfAsync("postgres"));
        // The orchestrator waits for the server's output, which the backend keeps open. A health check ends the backend; Aspire makes one every half minute.
        await app.App.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(static check => check.Name == "postgres_answers", Token);
        await app.WaitAsync("postgres", static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        await app.ExecuteAsync("postgres", "heal");

        await app.HealthyAsync("postgres");
        await app.RunningAsync("ordersdb");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => computing);
    }
}
