using System.Globalization;
using EmbeddedStores.Data;
using EmbeddedStores.Postgres;
using EmbeddedStores.Processes;

namespace EmbeddedStores;

/// <summary>A PostgreSQL server as a process of this machine.</summary>
/// <remarks>
/// <c>RunAsProcess()</c> uses this class in an app model. Tests that need a store and no app model use it directly.
/// The port and the password stay the same through kills and starts, so connection strings stay valid.
/// Members may be called from any thread, but not at the same time.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    private readonly PostgresServerOptions _options;
    private readonly DataFolder _data;
    private readonly PostgresCluster _cluster;
    private readonly string _name;
    private readonly string _user;
    private readonly string _password;
    private readonly bool _ownsData;
    private PostgresInstallation? _installation;
    private UnixUser? _runAs;
    private ChildProcess? _process;

    /// <summary>Opens the data folder and reserves a port. No process is started yet.</summary>
    /// <param name="options">How it runs.</param>
    /// <exception cref="StoreException">The data folder can't be used, or another process holds it.</exception>
    public PostgresServer(PostgresServerOptions options)
        : this(options ?? throw new ArgumentNullException(nameof(options)), DataFolder.Open(options.DataFolder), "postgres", "postgres", password: null) =>
        _ownsData = true;

    /// <summary>Makes a server in a data folder that is open already.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="name">The store's name.</param>
    /// <param name="user">The superuser's name.</param>
    /// <param name="password">The superuser's password; null for the one that is kept with the data.</param>
    internal PostgresServer(PostgresServerOptions options, DataFolder data, string name, string user, string? password)
    {
        _options = options;
        _data = data;
        _name = name;
        _user = user;
        _password = password ?? data.Secret(name);
        _cluster = new(data, name);
        Port = options.Port ?? LoopbackPorts.Reserve();
    }

    /// <summary>Gets what it is, such as "PostgreSQL 15.18"; without the version before <see cref="PrepareAsync"/>.</summary>
    public string Description => $"PostgreSQL {_installation?.Version}".TrimEnd();

    /// <summary>Gets the port that it listens on, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Gets the number of the process that was started last; null before the first start.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>Gets the connection string of the server, as Aspire writes it: without a database.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=localhost;Port={Port};Username={_user};Password={_password}");

    /// <summary>Gets how the process is started; after <see cref="PrepareAsync"/>.</summary>
    internal StoreCommand Command => new(
        [
            .. UnixLaunch.AsUser(_runAs), _installation!.Program("postgres"), "-D", _cluster.FullPath,
            .. Settings().SelectMany(static setting => new[] { "-c", $"{setting.Key}={setting.Value}" }),
        ],
        Path.GetDirectoryName(_cluster.FullPath)!,
        CleanEnvironment.Postgres)
    {
        LauncherWords = UnixLaunch.AsUser(_runAs).Count,
    };

    /// <summary>Gets the connection string of a database.</summary>
    /// <param name="database">The database's name.</param>
    public string ConnectionStringFor(string database) => $"{ConnectionString};Database={database}";

    /// <summary>Finds or fetches PostgreSQL, initialises its data where it is missing, and clears it after a crash.</summary>
    /// <remarks><see cref="StartAsync"/> calls it. A later call costs a few milliseconds.</remarks>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="StoreException">PostgreSQL is not available, or its data can't be used.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_process is { Exited.IsCompleted: false })
        {
            return;
        }

        if (_installation is null)
        {
            _runAs = PostgresUser.Choose();
            _installation = await FindAsync(_options, _data.FullPath, _name, Note, cancellationToken) ?? await FetchAsync(cancellationToken);
        }

        await _cluster.PrepareAsync(_installation, _runAs, _user, _password, Note, cancellationToken);
    }

    /// <summary>Starts the server, after a kill as well.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it answers.</returns>
    /// <exception cref="StoreException">It can't be prepared, it ends by itself, or it refuses its password.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        if (_process is not { Exited.IsCompleted: false })
        {
            _process = ChildProcess.Start(Command, _options.Output);
        }

        while (await PostgresProbe.AskAsync(ConnectionString, cancellationToken) is { } failure)
        {
            if (failure.IsLasting)
            {
                throw LostPassword(failure);
            }

            if (_process.Exited.IsCompleted)
            {
                throw new StoreException($"{Description} ended with exit code {await _process.Exited} ({_process.LastLines}). Mend that, and start it again.");
            }

            await Clock.PollAsync(cancellationToken);
        }
    }

    /// <summary>Stops it fast: its sessions end, and its data is clean.</summary>
    /// <returns>When it has ended. After five seconds it is killed.</returns>
    public Task StopAsync() => _process?.StopAsync(UnixSignals.Interrupt, _grace) ?? Task.CompletedTask;

    /// <summary>Kills it with all its processes (SIGKILL).</summary>
    /// <returns>When it has ended.</returns>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Stops all its processes (SIGSTOP): connections stay open, and nothing answers.</summary>
    public void Pause() => ProcessTree.Stop(ProcessId ?? 0);

    /// <summary>Lets its processes go on (SIGCONT).</summary>
    public void Resume() => ProcessTree.Continue(ProcessId ?? 0);

    /// <summary>Creates a database where it is missing.</summary>
    /// <param name="database">The database's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task EnsureDatabaseAsync(string database, CancellationToken cancellationToken) =>
        PostgresProbe.EnsureDatabaseAsync(ConnectionString, database, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        LoopbackPorts.Release(Port);
        if (_ownsData)
        {
            _data.Dispose();
        }
    }

    /// <summary>Finds an installed PostgreSQL, or one that npm fetched earlier.</summary>
    internal static Task<PostgresInstallation?> FindAsync(
        PostgresServerOptions options, string dataPath, string name, Action<string> passedOver, CancellationToken cancellationToken) =>
        PostgresInstallation.FindAsync(
            [.. options.SearchFolders, new PostgresPackage(options.CacheFolder).Folder],
            PostgresCluster.MajorIn(dataPath, name),
            PostgresUser.Choose(),
            passedOver,
            cancellationToken);

    /// <summary>Says what a refused password means for a server with its own data.</summary>
    internal StoreException LostPassword(StoreFailure failure) => new(
        $"{failure.Text} The password beside {_cluster.FullPath} does not belong to that data: start once with --Stores:Reset=true to begin with empty databases.");

    /// <summary>Asks the server, when another process started it, to stop fast.</summary>
    internal void StopFast()
    {
        if (_cluster.ServerId is { } id)
        {
            ProcessTree.Continue(id); // a paused process handles no signal
            UnixSignals.Interrupt(id);
        }
    }

    /// <summary>Kills what a dead server left behind.</summary>
    internal void KillOrphans() => _cluster.KillOrphans();

    /// <summary>Deletes the data. The server must have stopped.</summary>
    internal async Task DeleteDataAsync(CancellationToken cancellationToken)
    {
        await _cluster.ClearAfterCrashAsync(Note, cancellationToken);
        _cluster.Delete();
    }

    private async Task<PostgresInstallation> FetchAsync(CancellationToken cancellationToken)
    {
        if (PostgresPackage.CanFetch)
        {
            await new PostgresPackage(_options.CacheFolder).FetchAsync(Note, cancellationToken);
        }

        return await FindAsync(_options, _data.FullPath, _name, Note, cancellationToken)
            ?? throw new StoreException(
                "PostgreSQL was not found on PATH, in the platform's usual folders or through npm. Install it (such as apt-get install postgresql).");
    }

    private void Note(string line) => _options.Output?.Invoke(line);

    private Dictionary<string, string> Settings()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = "", // TCP alone: the path of a socket's file has a length limit that a deep checkout passes
            ["max_connections"] = "200",
            ["shared_buffers"] = "64MB",
            ["fsync"] = "on", // what was acknowledged stays
            ["synchronous_commit"] = "on",
            ["logging_collector"] = "off",
            ["log_line_prefix"] = "", // each reader of the lines adds the time
        };
        foreach (var (name, value) in _options.Settings)
        {
            settings[name] = value;
        }

        var mark = PostgresCluster.Mark.Split('=');
        settings[mark[0]] = mark[1];
        return settings;
    }
}
