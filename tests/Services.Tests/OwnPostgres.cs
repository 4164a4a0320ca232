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

    /// <summary>Starts a server with these databases.</summary>
    public static async Task<OwnPostgres> StartAsync(int maxConnections, params IEnumerable<string> databases)
    {
        var own = new OwnPostgres(maxConnections);
        using var patience = new CancellationTokenSource(_patience);
        await own.Server.PrepareAsync(static _ => { }, patience.Token);
        own.Server.Start(static _ => { });
        while (!await own.Server.IsReadyAsync(patience.Token))
        {
            await Task.Delay(20, patience.Token);
        }

        foreach (var database in databases)
        {
            await own.Server.EnsureDatabaseAsync(database, patience.Token);
        }

        return own;
    }

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
