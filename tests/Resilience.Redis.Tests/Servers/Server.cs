using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;
using Xunit;

namespace Resilience.Redis.Tests.Servers;

/// <summary>A real server as a process of its own, which tests may stop, go on with and kill.</summary>
public abstract class Server : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120); // the first time, it may have to be fetched
    private static readonly (int Stop, int Continue) _signals = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());
    private readonly DataDirectory _data;
    private readonly ProcessSupervisor _supervisor;
    private readonly ConcurrentQueue<string> _output = new();
    private RedisServer? _server;
    private ChildProcess? _process;

    private protected Server()
    {
        _data = DataDirectory.Open(_folder);
        _supervisor = new(_data, TimeProvider.System);
    }

    public string ConnectionString => _server!.ConnectionString;

    private protected abstract string Description { get; }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        _server = new("cache", _data, _supervisor, TimeProvider.System, new ConfigurationBuilder().Build()) { SearchFolders = await FindAsync(patience.Token) };
        await _server.PrepareAsync(Note, patience.Token);
        Assert.Contains(Description, _server.Description, StringComparison.Ordinal);
        await StartAsync(patience.Token);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Connects as a service does: at once, whether it is there or not.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() =>
        ConnectionMultiplexer.ConnectAsync(ConnectionString + ",abortConnect=false,allowAdmin=true,connectTimeout=1000,connectRetry=1");

    /// <summary>Starts it again on its port.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _process = _server!.Start(Note);
        while (!await _server.IsReadyAsync(cancellationToken))
        {
            Assert.False(cancellationToken.IsCancellationRequested, string.Join('\n', _output));
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Ends it without a word.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.Exited;
    }

    /// <summary>Has it answer nothing, with its connections open.</summary>
    public void Stop() => Assert.Equal(0, Kill(_process!.Id, _signals.Stop));

    /// <summary>Has it go on.</summary>
    public void Continue() => Assert.Equal(0, Kill(_process!.Id, _signals.Continue));

    private protected abstract Task<IEnumerable<string>> FindAsync(CancellationToken cancellationToken);

    private protected void Note(OutputLine line) => _output.Enqueue(line.Text);

    private protected async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var child = _supervisor.Start(new(Path.GetFileName(program), program, arguments) { Output = Note });
        Assert.True(await child.Exited.WaitAsync(cancellationToken) == 0, $"{program} failed. Install redis-server, or mend this:\n" + string.Join('\n', _output));
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}

/// <summary>Garnet, which is the repository's tool, whatever else is installed.</summary>
public sealed class GarnetServer : Server
{
    private protected override string Description => "garnet";

    private protected override Task<IEnumerable<string>> FindAsync(CancellationToken cancellationToken) => Task.FromResult<IEnumerable<string>>([]);
}

/// <summary>Redis itself: installed, or as eng/fetch-redis fetches it.</summary>
public sealed class RealRedisServer : Server
{
    private protected override string Description => "Redis 7";

    private protected override async Task<IEnumerable<string>> FindAsync(CancellationToken cancellationToken)
    {
        if (Executables.Find("redis-server") is not null)
        {
            return Executables.PathFolders;
        }

        var repository = RedisBinaries.FindRepository()!;
        var folder = Path.Combine(repository, "artifacts", "redis");
        if (!File.Exists(Path.Combine(folder, "redis-server")))
        {
            await RunAsync(Path.Combine(repository, "eng", "fetch-redis"), [folder], cancellationToken);
        }

        return [folder];
    }
}
