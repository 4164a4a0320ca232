using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using LocalRunner.Processes;
using Microsoft.Extensions.Configuration;

namespace LocalRunner.Stores;

/// <summary>The Redis that the AppHost's cache lives in: one that is given, or one that runs as a child process.</summary>
/// <remarks>
/// In this order: <see cref="PrepareAsync"/>, <see cref="Start"/>, <see cref="IsReadyAsync"/> until true.
/// It keeps nothing on disk: it is a cache.
/// The port stays the same, so connection strings stay right through restarts.
/// </remarks>
internal sealed class RedisServer
{
    private static readonly TimeSpan _probe = TimeSpan.FromSeconds(2);

    private readonly string _name;
    private readonly DataDirectory _data;
    private readonly ProcessSupervisor _supervisor;
    private readonly TimeProvider _clock;
    private readonly RedisAddress _address;
    private readonly bool _isGiven;
    private RedisBinaries? _binaries;

    /// <summary>Looks whether a server is given; starts nothing yet.</summary>
    /// <param name="name">The resource's name, which is its connection string's name too.</param>
    /// <param name="data">Where its configuration is kept.</param>
    /// <param name="supervisor">Starts it.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="configuration">May hold the connection string.</param>
    /// <param name="port">The port to listen on; null for a free one.</param>
    /// <exception cref="LocalRunnerException">The connection string that was given can't be read.</exception>
    public RedisServer(
        string name, DataDirectory data, ProcessSupervisor supervisor, TimeProvider clock, IConfiguration configuration, int? port = null)
    {
        _name = name;
        _data = data;
        _supervisor = supervisor;
        _clock = clock;
        var given = RedisAddress.Given(configuration, name);
        _isGiven = given is not null;
        _address = given ?? RedisAddress.Local(port, data.Secret(name));
    }

    /// <summary>Gets the folders to look for redis-server in.</summary>
    /// <value>PATH by default.</value>
    public IEnumerable<string> SearchFolders { get; init; } = Executables.PathFolders;

    /// <summary>Gets what it is, such as "Redis: garnet 2.2.8".</summary>
    public string Description => _isGiven ? $"Redis at {Host}:{Port}" : _binaries?.Description ?? "Redis";

    /// <summary>Gets the host to connect to.</summary>
    public string Host => _address.Host;

    /// <summary>Gets the port to connect to.</summary>
    public int Port => _address.Port;

    /// <summary>Gets the password; empty when the given server has none.</summary>
    public string Password => _address.Password;

    /// <summary>Gets the connection string, as Aspire writes it.</summary>
    public string ConnectionString => _address.ConnectionString;

    /// <summary>Finds the server's program, and restores the repository's tools where that is still to be done.</summary>
    /// <param name="output">Receives the lines of what that takes.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>When <see cref="Start"/> may be called.</returns>
    /// <exception cref="LocalRunnerException">There is no server to be had.</exception>
    public async Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken)
    {
        if (_isGiven || _binaries is not null)
        {
            return;
        }

        _binaries = await RedisBinaries.FindAsync(SearchFolders, cancellationToken);
        if (_binaries is null && RedisBinaries.FindRepository() is { } repository)
        {
            await StoreCommand.RunAsync(
                _supervisor,
                new("dotnet tool restore", DotNetHost.FullPath, ["tool", "restore"]) { WorkingDirectory = repository, Output = output },
                $"Check the network, install redis-server, or set ConnectionStrings__{_name}.",
                cancellationToken);
            _binaries = await RedisBinaries.FindAsync(SearchFolders, cancellationToken);
        }

        _ = _binaries ?? throw new LocalRunnerException(Missing(_name));
    }

    /// <summary>Starts the server.</summary>
    /// <param name="output">Receives its lines.</param>
    /// <returns>The process; null when the server is given, and runs elsewhere.</returns>
    /// <exception cref="ChildProcessException">It can't be started.</exception>
    public ChildProcess? Start(Action<OutputLine> output)
    {
        if (_isGiven)
        {
            return null;
        }

        // In a file that only we can read: every user of the machine can read a command line.
        var configuration = _data.PrivateFile(_name + ".conf", _binaries!.IsGarnet ? GarnetConfiguration() : RedisConfiguration());
        string[] own = _binaries.IsGarnet ? ["--config-import-path", configuration] : [configuration];
        return _supervisor.Start(new(_name, _binaries.Program, [.. _binaries.FirstArguments, .. own])
        {
            WorkingDirectory = _data.FullPath,
            // Garnet asks for a heap for each core, which a cache of this size has no use for.
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["DOTNET_gcServer"] = "0" },
            Output = output,
        });
    }

    /// <summary>Asks the server something over a new connection.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it answered.</returns>
    /// <exception cref="LocalRunnerException">It refuses the password, which waiting won't mend.</exception>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _clock.CreateTimer(_ => limit.Cancel(), state: null, _probe, Timeout.InfiniteTimeSpan);
        try
        {
            var answer = await RedisProbe.PingAsync(_address, limit.Token);
            return answer.StartsWith("-WRONGPASS", StringComparison.Ordinal) || answer.StartsWith("-NOAUTH", StringComparison.Ordinal)
                ? throw new LocalRunnerException(
                    $"Redis at {Host}:{Port} refuses the password. Correct ConnectionStrings__{_name}, or stop what else listens there.")
                : answer == "+PONG";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception failure) when (failure is SocketException or IOException or AuthenticationException)
        {
            return false;
        }
    }

    /// <summary>Says that there is no server, and each way out.</summary>
    /// <param name="name">The resource's name.</param>
    /// <returns>The sentence.</returns>
    public static string Missing(string name) =>
        "No Redis server was found: neither redis-server on PATH nor the repository's tool garnet-server. "
        + $"Run dotnet tool restore in the repository, or install redis-server, or set ConnectionStrings__{name} to a server that runs.";

    // Garnet's defaults are for a server that has the machine to itself (16 GB of log, 128 MB of index).
    private string GarnetConfiguration() => JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["Address"] = "127.0.0.1",
        ["Port"] = Port,
        ["AuthenticationMode"] = "Password",
        ["Password"] = Password,
        ["EnableLua"] = true,
        ["LogMemorySize"] = "64m",
        ["PageSize"] = "1m",
        ["IndexMemorySize"] = "1m",
    });

    private string RedisConfiguration() => $"""
        bind 127.0.0.1
        port {Port}
        requirepass {Password}
        save ""
        appendonly no
        maxmemory 64mb
        maxmemory-policy allkeys-lru

        """;
}
