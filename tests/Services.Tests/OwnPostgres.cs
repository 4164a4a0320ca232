using System.Globalization;
using EmbeddedStores;

namespace Services.Tests;

/// <summary>A PostgreSQL of a test's own, for what would hurt the tests beside it.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "stores-" + Path.GetRandomFileName());

    private OwnPostgres(int maxConnections) => Server = new(new(_folder)
    {
        Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = maxConnections.ToString(CultureInfo.InvariantCulture) },
    });

    public PostgresServer Server { get; }

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

    /// <summary>Starts it, after a kill as well.</summary>
    public async Task StartAgainAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        await Server.StartAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
