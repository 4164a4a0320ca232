using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using EmbeddedStores.Data;
using EmbeddedStores.Processes;
using EmbeddedStores.Redis;

namespace EmbeddedStores;

/// <summary>A Redis server as a process of this machine: redis-server where it is installed, else Garnet.</summary>
/// <remarks>
/// It keeps nothing on disk: it is a cache.
/// <c>RunAsProcess()</c> uses this class in an app model. Tests that need a store and no app model use it directly.
/// The port and the password stay the same through kills and starts, so connection strings stay valid.
/// Members may be called from any thread, but not at the same time.
/// </remarks>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    private readonly RedisServerOptions _options;
    private readonly DataFolder _data;
    private readonly string _name;
    private readonly string _password;
    private readonly bool _ownsData;
    private RedisInstallation? _installation;
    private ChildProcess? _process;

    /// <summary>Opens the data folder and reserves a port. No process is started yet.</summary>
    /// <param name="options">How it runs.</param>
    /// <exception cref="StoreException">The data folder can't be used, or another process holds it.</exception>
    public RedisServer(RedisServerOptions options)
        : this(options ?? throw new ArgumentNullException(nameof(options)), DataFolder.Open(options.DataFolder), "redis", password: null) =>
        _ownsData = true;

    /// <summary>Makes a server in a data folder that is open already.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="name">The store's name.</param>
    /// <param name="password">The password; null for the one that is kept with the data, empty for none.</param>
    internal RedisServer(RedisServerOptions options, DataFolder data, string name, string? password)
    {
        _options = options;
        _data = data;
        _name = name;
        _password = password ?? data.Secret(name);
        Port = options.Port ?? LoopbackPorts.Reserve();
    }

    /// <summary>Gets what it is, such as "Redis 7.0.15" or "Garnet 2.2.8"; "Redis" before <see cref="PrepareAsync"/>.</summary>
    public string Description => _installation?.Description ?? "Redis";

    /// <summary>Gets the port that it listens on, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Gets the number of the process that was started last; null before the first start.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>Gets the connection string, as Aspire writes it.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"localhost:{Port},password={_password}");

    /// <summary>Gets how the process is started; after <see cref="PrepareAsync"/>.</summary>
    internal StoreCommand Command => new(
        [.. _installation!.Command, .. _installation.IsGarnet ? ["--config-import-path", ConfigurationPath] : new[] { ConfigurationPath }],
        _data.Folder(_name),
        CleanEnvironment.Redis)
    {
        LauncherWords = _installation.Command.Count - 1, // the .NET host, before Garnet's assembly
    };

    private string ConfigurationPath => Path.Combine(_data.Folder(_name), "server.conf");

    /// <summary>Finds redis-server, or installs Garnet, and writes the configuration.</summary>
    /// <remarks><see cref="StartAsync"/> calls it. A later call costs a millisecond.</remarks>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="StoreException">There is no server, and none can be installed.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_installation is null)
        {
            _installation = await FindAsync(_options, Note, cancellationToken) ?? await InstallAsync(cancellationToken);
        }

        // In a file that only its user can read: every user of the machine can read a command line.
        _data.Folder(_name);
        _data.PrivateFile(Path.Combine(_name, "server.conf"), _installation.IsGarnet ? GarnetConfiguration() : RedisConfiguration());
    }

    /// <summary>Starts the server, after a kill as well.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it answers.</returns>
    /// <exception cref="StoreException">It can't be prepared, it ends by itself, or another server answers on its port.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        if (_process is not { Exited.IsCompleted: false })
        {
            _process = ChildProcess.Start(Command, _options.Output);
        }

        while (await AskAsync(cancellationToken) is { } failure)
        {
            if (failure.IsLasting)
            {
                throw new StoreException($"{failure.Text} Stop the other server that listens there.");
            }

            if (_process.Exited.IsCompleted)
            {
                throw new StoreException($"{Description} ended with exit code {await _process.Exited} ({_process.LastLines}). Mend that, and start it again.");
            }

            await Clock.PollAsync(cancellationToken);
        }
    }

    /// <summary>Asks it to stop.</summary>
    /// <returns>When it has ended. After five seconds it is killed.</returns>
    public Task StopAsync() => _process?.StopAsync(UnixSignals.Terminate, _grace) ?? Task.CompletedTask;

    /// <summary>Kills it (SIGKILL).</summary>
    /// <returns>When it has ended.</returns>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Stops its process (SIGSTOP): connections stay open, and nothing answers.</summary>
    public void Pause() => ProcessTree.Stop(ProcessId ?? 0);

    /// <summary>Lets its process go on (SIGCONT).</summary>
    public void Resume() => ProcessTree.Continue(ProcessId ?? 0);

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

    /// <summary>Finds redis-server, or a Garnet that was installed earlier.</summary>
    internal static Task<RedisInstallation?> FindAsync(RedisServerOptions options, Action<string> passedOver, CancellationToken cancellationToken) =>
        RedisInstallation.FindAsync(options.SearchFolders, new(options.CacheFolder), passedOver, cancellationToken);

    // A refused connection is told apart first: it costs less than a whole client.
    private async Task<StoreFailure?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", Port, cancellationToken);
        }
        catch (SocketException refusal)
        {
            return new(refusal.Message, IsLasting: false);
        }

        return await RedisProbe.AskAsync(ConnectionString);
    }

    private async Task<RedisInstallation> InstallAsync(CancellationToken cancellationToken)
    {
        await new GarnetPackage(_options.CacheFolder).InstallAsync(Note, cancellationToken);
        return await FindAsync(_options, Note, cancellationToken)
            ?? throw new StoreException(
                $"Garnet {GarnetPackage.Version} in {_options.CacheFolder} has no program for .NET {Environment.Version.Major}. Delete that folder, or install redis-server.");
    }

    private void Note(string line) => _options.Output?.Invoke(line);

    // Garnet's defaults are for a server that has the machine to itself (16 GB of log, 128 MB of index).
    private string GarnetConfiguration() => JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["Address"] = "127.0.0.1",
        ["Port"] = Port,
        ["AuthenticationMode"] = _password.Length > 0 ? "Password" : "NoAuth",
        ["Password"] = _password,
        ["EnableLua"] = true,
        ["LogMemorySize"] = "64m",
        ["PageSize"] = "1m",
        ["IndexMemorySize"] = "1m",
    });

    private string RedisConfiguration() => $"""
        bind 127.0.0.1
        port {Port}
        requirepass "{_password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}"
        save ""
        appendonly no
        maxmemory 64mb
        maxmemory-policy allkeys-lru

        """;
}
