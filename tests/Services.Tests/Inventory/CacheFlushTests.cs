using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Inventory.Catalogue;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>Redis is emptied while everybody reads: the database is asked once a key, and not once a reader.</summary>
public sealed class CacheFlushTests(InventoryHost inventory, ITestOutputHelper output) : IClassFixture<InventoryHost>, IAsyncLifetime
{
    private const int Readers = 40;
    private const int Flushes = 10;

    private static readonly string[] _skus = ["SKU-0301", "SKU-0302", "SKU-0303", "SKU-0304"];

    private ConnectionMultiplexer _operator = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _operator = await ConnectionMultiplexer.ConnectAsync($"{inventory.Redis},allowAdmin=true");

    public ValueTask DisposeAsync() => _operator.DisposeAsync();

    [Fact]
    public async Task Flushed_while_each_key_is_loaded_no_key_is_loaded_twice()
    {
        var cache = inventory.Host.Services.GetRequiredService<CatalogueCache>();
        var loads = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var gate = new TaskCompletionSource();
        Task<string?> AskAsync(string sku) => cache.GetAsync<string>(
            $"test:flush:{sku}",
            async _ =>
            {
                loads.AddOrUpdate(sku, 1, static (_, count) => count + 1);
                await gate.Task;
                return sku;
            },
            kept => kept == sku,
            Token);

        var before = Enumerable.Range(0, Readers).Select(reader => AskAsync(_skus[reader % _skus.Length])).ToList();
        while (loads.Count < _skus.Length)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), Token);
        }

        await FlushAsync();
        var after = Enumerable.Range(0, Readers).Select(reader => AskAsync(_skus[reader % _skus.Length])).ToList();
        gate.SetResult();
        var answers = await Task.WhenAll([.. before, .. after]);

        Assert.Equal(_skus.Length, loads.Count);
        Assert.All(loads, static load => Assert.Equal(1, load.Value));
        Assert.All(answers.Select(static (answer, reader) => (answer, _skus[reader % Readers % _skus.Length])), static pair => Assert.Equal(pair.Item2, pair.answer));
    }

    [Fact]
    public async Task Flushed_again_and_again_under_readers_the_database_is_asked_once_a_key_and_flush()
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var (reads, others) = (0, 0);
        var (loadsBefore, missesBefore) = (await LoadsAsync(), await UnansweredAsync());
        var began = Stopwatch.GetTimestamp();
        var readers = Enumerable.Range(0, Readers).Select(async reader =>
        {
            while (!done.IsCancellationRequested)
            {
                using var reply = await inventory.Http.GetAsync($"/products/{_skus[reader % _skus.Length]}", Token);
                Interlocked.Increment(ref reply.StatusCode == HttpStatusCode.OK ? ref reads : ref others);
            }
        }).ToList();

        for (var flush = 0; flush < Flushes; flush++)
        {
            var until = Volatile.Read(ref reads) + (2 * Readers);
            while (Volatile.Read(ref reads) < until)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), Token);
            }

            await FlushAsync();
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);

        // A key is loaded when it isn't there: at first, after a flush, after its 2 s; and when Redis doesn't answer in its 50 ms, which a busy machine's may not.
        var (loads, unanswered) = (await LoadsAsync() - loadsBefore, await UnansweredAsync() - missesBefore);
        var expiries = (int)(Stopwatch.GetElapsedTime(began) / CatalogueCache.Freshness) + 1;
        output.WriteLine($"{reads} reads of {_skus.Length} keys by {Readers} readers, {Flushes} flushes: {loads} loads; Redis left {unanswered} questions unanswered, and keys grew too old {expiries} times at most.");
        Assert.Equal(0, others);
        Assert.InRange(loads, _skus.Length, (_skus.Length * (1 + Flushes + expiries)) + unanswered);
        Assert.True(reads > loads * 2, $"{reads} reads, {loads} loads: nearly all of them asked the database.");
    }

    private Task FlushAsync() => _operator.GetServers().Single().FlushDatabaseAsync(_operator.GetDatabase().Database);

    private Task<double> LoadsAsync() => inventory.Http.StateAsync("inventory-catalogue-reads", "bulkhead", "granted");

    private async Task<double> UnansweredAsync() =>
        await inventory.Http.StateAsync("inventory-cache", "timeout", "fired") + await inventory.Http.StateAsync("inventory-cache", "circuit-breaker", "refused");
}
