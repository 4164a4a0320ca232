using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using EmbeddedStores.Processes;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace EmbeddedStores.Tests.AppModel;

/// <summary>One application for all of these: each leaves it healthy.</summary>
public sealed class ProcessStoreTests(RunningApp app) : IClassFixture<RunningApp>
{
    private static readonly TimeSpan _pausedWithin = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_database_is_running_and_can_be_reached()
    {
        await app.RunningAsync("ordersdb");

        Assert.Equal("ordersdb", await app.QueryAsync("select current_database()"));
        Assert.Equal("on on 127.0.0.1", await app.QueryAsync("select current_setting('fsync') || ' ' || current_setting('synchronous_commit') || ' ' || current_setting('listen_addresses')"));
    }

    [Fact]
    public async Task A_service_gets_both_connection_strings()
    {
        var service = await app.WaitAsync("service", static snapshot => snapshot.EnvironmentVariables.Any(static variable => variable.Name == "ConnectionStrings__cache"));
        var variables = service.Snapshot.EnvironmentVariables.ToDictionary(static variable => variable.Name, static variable => variable.Value);

        Assert.Equal(await app.App.GetConnectionStringAsync("ordersdb", Token), variables["ConnectionStrings__ordersdb"]);
        await using var cache = await ConnectionMultiplexer.ConnectAsync(variables["ConnectionStrings__cache"]!);
        Assert.Equal(2, (int)await cache.GetDatabase().ScriptEvaluateAsync("return 1 + 1"));
    }

    [Fact]
    public async Task The_environment_and_the_command_line_hold_neither_the_shell_nor_a_password()
    {
        foreach (var store in (string[])["postgres", "cache"])
        {
            var process = await app.ProcessOfAsync(store);
            var environment = await File.ReadAllTextAsync($"/proc/{process}/environ", Token);
            var password = await File.ReadAllTextAsync(Path.Combine(app.DataPath, $"{store}.secret"), Token);

            Assert.DoesNotContain("PATH=", environment, StringComparison.Ordinal); // this test has one, so nothing was inherited
            Assert.DoesNotContain(password, await File.ReadAllTextAsync($"/proc/{process}/cmdline", Token), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task After_a_kill_the_store_is_finished_and_starts_again_with_its_data()
    {
        await app.QueryAsync("create table if not exists kept (id int); insert into kept values (42)");
        var process = await app.ProcessOfAsync("postgres");

        Assert.Equal("postgres was killed. Heal starts it again.", await app.ExecuteAsync("postgres", "kill"));

        var finished = await app.WaitAsync("postgres", static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        Assert.Equal(KnownResourceStates.Finished, finished.Snapshot.State?.Text);
        await app.WaitAsync("ordersdb", static snapshot => snapshot.State?.Text == KnownResourceStates.Finished);
        await app.ExecuteAsync("postgres", KnownResourceCommands.StartCommand);
        await app.HealthyAsync("postgres");
        await app.RunningAsync("ordersdb");
        Assert.Equal(42, await app.QueryAsync("select max(id) from kept"));
        Assert.NotEqual(process, await app.ProcessOfAsync("postgres"));
    }

    [Fact]
    public async Task A_pause_keeps_the_connection_open_without_an_answer_until_it_is_healed()
    {
        await app.HealthyAsync("postgres");

        Assert.Equal("postgres is paused for 60 s. Heal ends it earlier.", await app.ExecuteAsync("postgres", "pause"));

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => app.QueryAsync("select 1", seconds: 1));
        Assert.Equal("postgres goes on.", await app.ExecuteAsync("postgres", "heal"));
        Assert.Equal(1, await app.QueryAsync("select 1"));
        await app.HealthyAsync("postgres");
    }

    [Fact]
    public async Task A_pause_that_nothing_heals_ends_by_itself_and_does_not_delay_a_stop()
    {
        var process = await app.ProcessOfAsync("cache");
        Assert.Equal("cache is paused for 2 s. Heal ends it earlier.", await app.ExecuteAsync("cache", "pause"));
        await UntilAsync(static state => state == 'T'); // the kernel stops each thread when that is next to run
        await UntilAsync(static state => state != 'T');

        await app.ExecuteAsync("cache", "pause");
        var watch = Stopwatch.StartNew();
        await app.ExecuteAsync("cache", KnownResourceCommands.StopCommand);
        await app.WaitAsync("cache", static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
        await app.ExecuteAsync("cache", "heal");
        await app.HealthyAsync("cache");

        async Task UntilAsync(Predicate<char> holds)
        {
            for (var began = Stopwatch.GetTimestamp(); await StateAsync() is var state && !holds(state); await Clock.PollAsync(Token))
            {
                Assert.True(Stopwatch.GetElapsedTime(began) < _pausedWithin, $"The process is '{state}' after {_pausedWithin}.");
            }
        }

        async Task<char> StateAsync() => (await File.ReadAllTextAsync($"/proc/{process}/stat", Token)).Split(") ")[^1][0];
    }

    [Fact]
    public async Task A_reset_deletes_the_data_and_creates_the_databases_again()
    {
        await app.QueryAsync("create table if not exists doomed (id int)");

        Assert.Equal("postgres is empty, and runs. Started again, since they wait for it: service.", await app.ExecuteAsync("postgres", "reset-data"));

        Assert.Equal(DBNull.Value, await app.QueryAsync("select to_regclass('doomed')::text"));
        await app.RunningAsync("ordersdb");
    }

    [Fact]
    public async Task The_cache_can_be_stopped_and_started_and_killed_and_healed()
    {
        await app.ExecuteAsync("cache", KnownResourceCommands.StopCommand);
        await app.WaitAsync("cache", static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        await app.ExecuteAsync("cache", KnownResourceCommands.StartCommand);
        await app.HealthyAsync("cache");
        await app.ExecuteAsync("cache", "kill");
        await app.WaitAsync("cache", static snapshot => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text));
        Assert.Equal("cache starts again.", await app.ExecuteAsync("cache", "heal"));
        await app.HealthyAsync("cache");
    }

    [Fact]
    public async Task A_second_AppHost_on_the_same_data_is_refused_by_name()
    {
        var (exitCode, _, errors) = await AppProcess.RunAsync([$"--Stores:Data={app.DataPath}"], Token);

        Assert.Equal(
            $"Problem: The data folder {app.DataPath} is in use by another AppHost (process {Environment.ProcessId}). Stop that one, or set Stores:Data to another folder.\n",
            errors);
        Assert.Equal(1, exitCode);
    }
}

/// <summary>Each needs an application of its own.</summary>
public sealed class StopAndStartTests
{
    [Fact]
    public async Task An_open_connection_does_not_delay_the_stop_and_the_next_start_finds_the_data()
    {
        var watch = Stopwatch.StartNew();
        await using var app = new RunningApp();
        await app.StartAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"from nothing to healthy in {watch.ElapsedMilliseconds} ms");
        await app.QueryAsync("create table kept (id int); insert into kept values (42)");
        await using var open = new NpgsqlConnection(await app.App.GetConnectionStringAsync("ordersdb", TestContext.Current.CancellationToken));
        await open.OpenAsync(TestContext.Current.CancellationToken);

        watch.Restart();
        await app.App.StopAsync(TestContext.Current.CancellationToken);
        await app.App.DisposeAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");

        Assert.False(File.Exists(Path.Combine(app.DataPath, "postgres", "data", "postmaster.pid"))); // a killed server leaves it behind
        await app.StartAsync();
        Assert.Equal(42, await app.QueryAsync("select id from kept"));
        await app.App.DisposeAsync();
        await app.StartAsync("--Stores:Reset=true");
        Assert.Equal(DBNull.Value, await app.QueryAsync("select to_regclass('kept')::text"));
    }
}
