using System.Globalization;
using LocalRunner.Processes;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace LocalRunner.Stores;

/// <summary>The PostgreSQL that the AppHost's databases live in: one that is given, or one that runs as a child process.</summary>
/// <remarks>
/// In this order: <see cref="PrepareAsync"/>, <see cref="Start"/>, <see cref="IsReadyAsync"/> until true, <see cref="EnsureDatabaseAsync"/>.
/// Call <see cref="PrepareAsync"/> before every start: after the first time it costs a millisecond, and after a crash it clears the way.
/// The port stays the same, so connection strings stay right through restarts.
/// </remarks>
internal sealed class PostgresServer
{
    // Long enough for a busy machine, short enough for a health check every second.
    private const int ProbeSeconds = 2;

    private readonly ProcessSupervisor _supervisor;
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly PostgresCluster _cluster;
    private readonly bool _isGiven;
    private PostgresBinaries? _binaries;
    private UnixUser? _runAs;
    private ChildProcess? _process;

    /// <summary>Looks whether a server is given; starts nothing yet.</summary>
    /// <param name="data">Where its data is kept.</param>
    /// <param name="supervisor">Starts it.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="configuration">May hold the connection string <c>postgres</c>.</param>
    /// <param name="port">The port to listen on; null for a free one.</param>
    /// <exception cref="LocalRunnerException">The connection string that was given can't be read.</exception>
    public PostgresServer(DataDirectory data, ProcessSupervisor supervisor, TimeProvider clock, IConfiguration configuration, int? port = null)
    {
        _supervisor = supervisor;
        _cluster = new(data, clock);
        if (PostgresAddress.Given(configuration) is { } given)
        {
            _isGiven = true;
            _connection = given;
        }
        else
        {
            // The server listens on 127.0.0.1 alone, so the first try of ::1 for "localhost" is refused at once and costs nothing.
            _connection = new()
            {
                Host = "localhost",
                Port = port ?? PortAllocator.Next(),
                Username = PostgresAddress.SuperUser,
                Password = data.Secret("postgres"),
            };
        }
    }

    /// <summary>Gets the folders to look for PostgreSQL in.</summary>
    /// <value>PATH and the platform's usual folders by default.</value>
    public IEnumerable<string> SearchFolders { get; init; } = PostgresBinaries.UsualFolders;

    /// <summary>Gets how many connections it takes.</summary>
    /// <value>200 by default: four pools of 25, and as many for tools and tests.</value>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Gets what it is, such as "PostgreSQL 15.18".</summary>
    public string Description => _isGiven ? $"PostgreSQL at {Host}:{Port}" : $"PostgreSQL {_binaries?.Version}";

    /// <summary>Gets the host to connect to.</summary>
    public string Host => _connection.Host!;

    /// <summary>Gets the port to connect to.</summary>
    public int Port => _connection.Port;

    /// <summary>Gets the role to connect as.</summary>
    public string UserName => _connection.Username!;

    /// <summary>Gets the role's password.</summary>
    public string Password => _connection.Password ?? "";

    /// <summary>Finds or fetches PostgreSQL and makes its data directory, where that is still to be done.</summary>
    /// <param name="output">Receives the lines of what that takes.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>When <see cref="Start"/> may be called.</returns>
    /// <exception cref="LocalRunnerException">There is no PostgreSQL to be had, or its data can't be used.</exception>
    public async Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken)
    {
        if (_isGiven || _process is { Exited.IsCompleted: false })
        {
            return;
        }

        await _supervisor.Swept.WaitAsync(cancellationToken);
        if (_binaries is null)
        {
            _runAs = PostgresUser.Choose();
            _binaries = await FindAsync(cancellationToken) ?? await FetchAsync(output, cancellationToken);
        }

        await _cluster.PrepareAsync(_binaries, _runAs, _supervisor, output, cancellationToken);
    }

    /// <summary>Starts the server.</summary>
    /// <param name="output">Receives its lines.</param>
    /// <returns>The process; null when the server is given, and runs elsewhere.</returns>
    /// <exception cref="ChildProcessException">It can't be started.</exception>
    public ChildProcess? Start(Action<OutputLine> output) => _isGiven ? null : _process = _supervisor.Start(
        new("postgres", _binaries!.Postgres, ["-D", _cluster.FullPath, .. Settings().SelectMany(static setting => new[] { "-c", setting })])
        {
            RunAs = _runAs?.Name,
            WorkingDirectory = Path.GetDirectoryName(_cluster.FullPath),
            StopSignal = StopSignal.Interrupt,
            Output = output,
        });

    /// <summary>Asks the server something over a new connection.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it answered.</returns>
    /// <exception cref="LocalRunnerException">It refuses the password, which waiting won't mend.</exception>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            return await command.ExecuteScalarAsync(cancellationToken) is 1;
        }
        catch (PostgresException refusal) when (
            refusal.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw new LocalRunnerException(
                $"PostgreSQL at {Host}:{Port} refuses the password of '{UserName}'. " + (_isGiven
                    ? $"Correct {PostgresAddress.Setting}."
                    : $"The one kept beside {_cluster.FullPath} is not its own any more: start once with --reset to begin with empty databases."),
                refusal);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Writes the connection string.</summary>
    /// <param name="database">The database to name in it; null for none, which is the server's own.</param>
    /// <returns>The connection string, as Aspire writes it.</returns>
    public string ConnectionString(string? database)
    {
        if (_isGiven)
        {
            var given = new NpgsqlConnectionStringBuilder(_connection.ConnectionString);
            given.Database = database ?? given.Database;
            return given.ConnectionString;
        }

        var server = string.Create(CultureInfo.InvariantCulture, $"Host={Host};Port={Port};Username={UserName};Password={Password}");
        return database is null ? server : $"{server};Database={database}";
    }

    /// <summary>Creates a database where it is missing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it exists.</returns>
    public async Task EnsureDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("select exists (select from pg_database where datname = $1)", connection)
        {
            Parameters = { new() { Value = name } },
        };
        if (await exists.ExecuteScalarAsync(cancellationToken) is true)
        {
            return;
        }

        try
        {
            await using var create = new NpgsqlCommand($"create database {new NpgsqlCommandBuilder().QuoteIdentifier(name)}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException raced) when (raced.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another AppHost on the same given server was quicker.
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var probe = new NpgsqlConnectionStringBuilder(ConnectionString(database: null))
        {
            Pooling = false, // a pooled connection would say how the server was, and this asks how it is
            Timeout = ProbeSeconds,
            CommandTimeout = ProbeSeconds,
        };
        probe.Database ??= "postgres";
        var connection = new NpgsqlConnection(probe.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private Task<PostgresBinaries?> FindAsync(CancellationToken cancellationToken) =>
        PostgresBinaries.FindAsync([.. SearchFolders, PostgresPackage.Folder], _cluster.Major, _runAs, cancellationToken);

    private async Task<PostgresBinaries> FetchAsync(Action<OutputLine> output, CancellationToken cancellationToken)
    {
        if (PostgresPackage.CanFetch)
        {
            await PostgresPackage.FetchAsync(_supervisor, output, cancellationToken);
        }

        return await FindAsync(cancellationToken) ?? throw new LocalRunnerException(PostgresAddress.Missing);
    }

    private IEnumerable<string> Settings() =>
    [
        "listen_addresses=127.0.0.1",
        string.Create(CultureInfo.InvariantCulture, $"port={Port}"),
        "unix_socket_directories=", // TCP alone: a socket file's path has a length limit that a deep checkout passes
        string.Create(CultureInfo.InvariantCulture, $"max_connections={MaxConnections}"),
        "shared_buffers=64MB",
        "fsync=on", // an order that was acknowledged stays, whatever the speed without it
        "synchronous_commit=on",
        "logging_collector=off",
        "log_line_prefix=", // each line gets its time when it is read
    ];
}
