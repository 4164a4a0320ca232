using System.Collections.Concurrent;
using System.Globalization;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using Xunit;

[assembly: AssemblyFixture(typeof(Services.Tests.Stores))]

namespace Services.Tests;

/// <summary>One PostgreSQL and one Redis for all tests, and a database of its own for each that does.</summary>
public sealed class Stores : IAsyncLifetime
{
    private const int RedisDatabases = 16;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());
    private readonly DataDirectory _data;
    private readonly ProcessSupervisor _supervisor;
    private readonly PostgresServer _postgres;
    private readonly RedisServer _redis;
    private readonly ConcurrentQueue<string> _output = new();
    private int _databases;

    public Stores()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        _data = DataDirectory.Open(_folder);
        _supervisor = new(_data, TimeProvider.System);
        _postgres = new(_data, _supervisor, TimeProvider.System, configuration);
        _redis = new("cache", _data, _supervisor, TimeProvider.System, configuration);
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync() => await Task.WhenAll(
        StartAsync(_postgres.PrepareAsync, _postgres.Start, _postgres.IsReadyAsync),
        StartAsync(_redis.PrepareAsync, _redis.Start, _redis.IsReadyAsync));

    /// <summary>Makes an empty database, and finds a part of Redis for it that no other test uses at the same time.</summary>
    internal async Task<(string Postgres, string Redis)> CreateAsync()
    {
        var number = Interlocked.Increment(ref _databases);
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{number}");
        await _postgres.EnsureDatabaseAsync(name, CancellationToken.None);
        return (_postgres.ConnectionString(name), string.Create(CultureInfo.InvariantCulture, $"{_redis.ConnectionString},defaultDatabase={number % RedisDatabases}"));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(
        Func<Action<OutputLine>, CancellationToken, Task> prepare,
        Func<Action<OutputLine>, ChildProcess?> start,
        Func<CancellationToken, Task<bool>> isReady)
    {
        using var patience = new CancellationTokenSource(_patience);
        await prepare(Note, patience.Token);
        start(Note);
        while (!await isReady(patience.Token))
        {
            Assert.False(patience.IsCancellationRequested, string.Join('\n', _output));
            await Task.Delay(20, patience.Token);
        }
    }

    private void Note(OutputLine line) => _output.Enqueue(line.Text);
}
