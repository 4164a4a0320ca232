using System.Net.Http.Json;
using Hosting.Tests.App;
using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Testing;
using Npgsql;
using Xunit;

namespace Hosting.Tests.Testing;

public sealed class DistributedApplicationTests(RunningApp running) : IClassFixture<RunningApp>
{
    private readonly DistributedApplication _app = running.App;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_is_told_where_both_replicas_of_another_are_and_both_are_there()
    {
        var environment = await EnvironmentOfAsync("front");

        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("front", environment["OTEL_SERVICE_NAME"]);
        string[] addresses = [environment["services__back__http__0"], environment["services__back__http__1"]];
        Assert.Equal(2, addresses.Distinct().Count());
        Assert.Equal(addresses[0], environment["BACK_HTTP"]);
        using var client = new HttpClient();
        foreach (var address in addresses)
        {
            Assert.Equal("Healthy", await client.GetStringAsync(new Uri($"{address}/health"), Token));
        }
    }

    [Fact]
    public async Task What_the_test_says_about_a_resource_reaches_it() =>
        Assert.Equal("from the test", (await EnvironmentOfAsync("front"))["Greeting"]);

    [Fact]
    public async Task A_service_runs_in_its_projects_folder()
    {
        using var client = _app.CreateHttpClient("front");

        Assert.Equal(Path.GetDirectoryName(new Self().ProjectPath), await client.GetStringAsync(new Uri("/folder", UriKind.Relative), Token));
    }

    [Fact]
    public async Task The_test_and_the_service_get_the_same_connection_string_and_it_works()
    {
        var connectionString = await _app.GetConnectionStringAsync("shop-db", Token);

        Assert.Equal((await EnvironmentOfAsync("back-0"))["ConnectionStrings__shop-db"], connectionString);
        await using var database = NpgsqlDataSource.Create(connectionString!);
        await using var command = database.CreateCommand("select current_database()");
        Assert.Equal("shop-db", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public void A_test_gets_random_ports_whatever_the_launch_profile_says()
    {
        using var client = _app.CreateHttpClient("front");

        Assert.NotEqual(5088, client.BaseAddress!.Port);
    }

    [Fact]
    public async Task A_service_that_crashes_at_start_has_failed_to_start_and_its_output_is_kept()
    {
        await _app.ResourceNotifications.WaitForResourceAsync("broken", KnownResourceStates.FailedToStart, Token);

        var instance = _app.GetLocalRunner().List().Single(static instance => instance.Name == "broken");
        Assert.Equal((3, null), (instance.Snapshot.ExitCode, instance.ProcessId));
        Assert.Equal(["Reading the configuration", "The configuration makes no sense"], _app.GetLocalRunner().GetOutput("broken").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_waits_for_a_service_that_failed_says_so_rather_than_hang()
    {
        await _app.ResourceNotifications.WaitForResourceAsync("behind-broken", KnownResourceStates.FailedToStart, Token);

        Assert.Equal(
            ["broken is FailedToStart with exit code 3, so there is no use in waiting for it. Read its output, mend it and start it again."],
            _app.GetLocalRunner().GetOutput("behind-broken"));
    }

    [Fact]
    public async Task One_replica_can_be_killed_and_started_again_while_the_other_goes_on()
    {
        var control = _app.GetLocalRunner();
        var (killed, other) = (control.GetProcessId("back-0"), control.GetProcessId("back-1"));

        await control.KillAsync("back-0", Token);

        Assert.Equal(("Exited", null), (control.GetState("back"), control.GetProcessId("back-0")));
        Assert.Equal(137, control.List().Single(static instance => instance.Name == "back-0").Snapshot.ExitCode);
        await control.StartAsync("back-0", Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("back", Token);
        Assert.NotEqual(killed, control.GetProcessId("back-0"));
        Assert.Equal(other, control.GetProcessId("back-1"));
    }

    [Fact]
    public async Task A_service_can_be_restarted_and_keeps_its_address()
    {
        using var before = _app.CreateHttpClient("back-1");

        await _app.GetLocalRunner().RestartAsync("back-1", Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("back-1", Token);

        Assert.Equal("Healthy", await before.GetStringAsync(new Uri("/health", UriKind.Relative), Token));
    }

    [Fact]
    public async Task A_database_has_no_process_to_kill()
    {
        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => _app.GetLocalRunner().KillAsync("shop-db", Token));

        Assert.Equal("shop-db has no process of LocalRunner's: it lives in another one, or was given by a connection string. Stop it where it runs.", refusal.Message);
    }

    [Fact]
    public async Task Nothing_can_be_asked_of_an_application_that_was_not_started()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Self>(Token);
        await using var app = await builder.BuildAsync(Token);

        Assert.Equal("The application isn't started. Call StartAsync first.", Assert.Throws<LocalRunnerException>(() => app.CreateHttpClient("front")).Message);
        await Assert.ThrowsAsync<LocalRunnerException>(async () => await app.GetConnectionStringAsync("front", Token));
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused() => Assert.Equal(
        "Two resources are called 'Front'. Give one of them another name in AppHost/Program.cs.",
        Assert.Throws<LocalRunnerException>(() => running.Builder.AddRedis("Front")).Message);

    private async Task<Dictionary<string, string>> EnvironmentOfAsync(string resource)
    {
        using var client = _app.CreateHttpClient(resource);
        return (await client.GetFromJsonAsync<Dictionary<string, string>>(new Uri("/environment", UriKind.Relative), Token))!;
    }
}
