using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using EmbeddedStores.Processes;
using Npgsql;
using Xunit;

namespace EmbeddedStores.Tests.AppModel;

/// <summary>Apart, since it takes half a minute in which nothing else is done.</summary>
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
        // The orchestrator waits for the server's output, which the backend keeps open; the next health check, within half a minute, ends the backend.
        await app.WaitAsync("postgres", static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        await app.ExecuteAsync("postgres", "heal");

        await app.HealthyAsync("postgres");
        await app.RunningAsync("ordersdb");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => computing);
    }
}
