using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;

namespace Services.Tests;

/// <summary>A PostgreSQL of a test's own, for what would hurt the tests beside it.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());
    private readonly DataDirectory _data;
    private readonly ProcessSupervisor _supervisor;

    private OwnPostgres(int maxConnections)
    {
        _data = DataDirectory.Open(_folder);
        _supervisor = new(_data, TimeProvider.System);
        Server = new(_data, _supervisor, TimeProvider.System, new ConfigurationBuilder().Build()) { MaxConnections = maxConnections };
    }

    public PostgresServer Server { get; }

    /// <summary>Gets its process, for tests to stop and to kill.</summary>
    public ChildProcess Process { get; private set; } = null!;

    /// <summary>Starts a server with these databases.</summary>
    public static async Task<OwnPostgres> StartAsync(int maxConnections = 100, params IEnumerable<string> databases)
    {
        var own = new OwnPostgres(maxConnections);
        await own.StartAgainAsync();
        foreach (var database in databases)
        {
            await own.Server.EnsureDatabaseAsync(database, CancellationToken.None);
        }

        return own;
    }

    /// <summary>Starts it, after it was killed too.</summary>
    public async Task StartAgainAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        await Server.PrepareAsync(static _ => { }, patience.Token);
        Process = Server.Start(static _ => { })!;
        while (!await Server.IsReadyAsync(patience.Token))
        {
            await Task.Delay(20, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
