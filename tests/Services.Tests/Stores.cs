using System.Collections.Concurrent;
using System.Globalization;
using EmbeddedStores;
using Xunit;

[assembly: AssemblyFixture(typeof(Services.Tests.Stores))]

namespace Services.Tests;

/// <summary>One PostgreSQL and one Redis for all tests, and a database of its own for each test that asks for one.</summary>
public sealed class Stores : IAsyncLifetime
{
    private const int RedisDatabases = 16;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120); // the first time, Garnet is fetched

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "stores-" + Path.GetRandomFileName());
    private readonly PostgresServer _postgres;
    private readonly RedisServer _redis;
    private readonly ConcurrentQueue<string> _output = new();
    private int _databases;

    public Stores()
    {
        _postgres = new(new(_folder + "-postgres") { Output = _output.Enqueue });
        _redis = new(new(_folder + "-redis") { Output = _output.Enqueue });
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        try
        {
            await Task.WhenAll(_postgres.StartAsync(patience.Token), _redis.StartAsync(patience.Token));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail(string.Join('\n', _output));
        }
    }

    /// <summary>Makes an empty database, and finds a part of Redis for it that no other test uses at the same time.</summary>
    internal async Task<(string Postgres, string Redis)> CreateAsync()
    {
        var number = Interlocked.Increment(ref _databases);
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{number}");
        await _postgres.EnsureDatabaseAsync(name, CancellationToken.None);
        return (_postgres.ConnectionStringFor(name), string.Create(CultureInfo.InvariantCulture, $"{_redis.ConnectionString},defaultDatabase={number % RedisDatabases}"));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
        Directory.Delete(_folder + "-postgres", recursive: true);
        Directory.Delete(_folder + "-redis", recursive: true);
    }
}
