using System.Collections.Concurrent;
using System.Diagnostics;
using EmbeddedStores;
using StackExchange.Redis;
using Xunit;

namespace Resilience.Redis.Tests.Servers;

/// <summary>A real server as a process of its own, which tests may stop, continue and kill.</summary>
public abstract class Server : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120); // the first time, it may have to be fetched

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "stores-" + Path.GetRandomFileName());
    private readonly ConcurrentQueue<string> _output = new();
    private RedisServer? _server;

    public string ConnectionString => _server!.ConnectionString;

    private protected abstract string Description { get; }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        _server = new(new(_folder) { SearchFolders = await FindAsync(patience.Token), Output = _output.Enqueue });
        await _server.PrepareAsync(patience.Token);
        Assert.Contains(Description, _server.Description, StringComparison.Ordinal);
        await StartAsync(patience.Token);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Connects as a service does: at once, whether the server answers or not.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() =>
        ConnectionMultiplexer.ConnectAsync(ConnectionString + ",abortConnect=false,allowAdmin=true,connectTimeout=1000,connectRetry=1");

    /// <summary>Starts it again on its port.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _server!.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail(string.Join('\n', _output));
        }
    }

    /// <summary>Kills it.</summary>
    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Stops it: nothing answers, and its connections stay open.</summary>
    public void Stop() => _server!.Pause();

    /// <summary>Lets it go on.</summary>
    public void Continue() => _server!.Resume();

    private protected abstract Task<IEnumerable<string>> FindAsync(CancellationToken cancellationToken);

    private protected static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} failed. Install redis-server, or mend this:\n{errors}");
    }
}

/// <summary>Garnet, whatever else is installed.</summary>
public sealed class GarnetServer : Server
{
    private protected override string Description => "Garnet";

    private protected override Task<IEnumerable<string>> FindAsync(CancellationToken cancellationToken) => Task.FromResult<IEnumerable<string>>([]);
}

/// <summary>Redis itself: installed, or as eng/fetch-redis fetches it.</summary>
public sealed class RealRedisServer : Server
{
    private protected override string Description => "Redis 7";

    private protected override async Task<IEnumerable<string>> FindAsync(CancellationToken cancellationToken)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (Array.Exists(folders, static folder => File.Exists(Path.Combine(folder, "redis-server"))))
        {
            return folders;
        }

        var repository = Repository();
        var folder = Path.Combine(repository, "artifacts", "redis");
        if (!File.Exists(Path.Combine(folder, "redis-server")))
        {
            await RunAsync(Path.Combine(repository, "eng", "fetch-redis"), [folder], cancellationToken);
        }

        return [folder];
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Resilience.Aspire.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} is the repository.");
        }

        return folder.FullName;
    }
}
