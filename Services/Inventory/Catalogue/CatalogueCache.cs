using System.Collections.Concurrent;
using System.Text.Json;
using Polly;
using Polly.Registry;
using StackExchange.Redis;

namespace Inventory.Catalogue;

/// <summary>Keeps answers of the catalogue in Redis for a moment; without Redis, it hands every question on.</summary>
/// <remarks>
/// Safe for concurrent use. Callers who ask for the same key at the same time share one read (single flight), so an empty cache costs the
/// database one query a key. Redis has 50 ms to answer; slow, away or filled with nonsense it counts as "not there", never as an error. No more is read of what it holds
/// than the longest answer has.
/// </remarks>
internal sealed partial class CatalogueCache(
    IConnectionMultiplexer redis,
    ResiliencePipelineProvider<string> pipelines,
    ILogger<CatalogueCache> logger)
{
    private const int LongestAnswer = 256 * 1024; // a page of 200 products; what is longer wasn't kept here
    private const string OfAnotherKind = "WRONGTYPE"; // Redis is well, and has a list or so under the key

    // Valid JSON of another shape is poison too: without these, a record full of nulls would pass.
    private static readonly JsonSerializerOptions _strict = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly ConcurrentDictionary<string, TaskCompletionSource<object?>> _flights = new(StringComparer.Ordinal);
    private readonly ResiliencePipeline _budget = pipelines.GetPipeline(InventoryPipelines.Cache);

    /// <summary>Gets how old an answer may be: the price shown is checked again when stock is held, so this only has to look right.</summary>
    public static TimeSpan Freshness { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Answers from the cache, or loads and keeps what isn't there.</summary>
    /// <typeparam name="T">What is kept, as JSON.</typeparam>
    /// <param name="key">Names the question; made from validated values only.</param>
    /// <param name="load">Asks the database. It may go on for other callers after this one has gone.</param>
    /// <param name="isAnswer">Says whether what was kept answers this question, and isn't the answer to another.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <returns>The answer; null when <paramref name="load"/> found nothing, which isn't kept.</returns>
    public async Task<T?> GetAsync<T>(string key, Func<CancellationToken, Task<T?>> load, Predicate<T> isAnswer, CancellationToken cancellationToken)
        where T : class
    {
        var mine = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flight = _flights.GetOrAdd(key, mine);
        if (flight == mine)
        {
            _ = FlyAsync(key, load, isAnswer, mine);
        }

        return (T?)await flight.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Drops what is kept about these products, whose stock has just moved. Pages only grow old.</summary>
    /// <param name="skus">The products.</param>
    /// <returns>When Redis has answered, or its budget is over; then the answers kept grow old instead.</returns>
    public Task ForgetAsync(IEnumerable<string> skus) =>
        TryAsync(skus.Select(static sku => (RedisKey)KeyOf(sku)).ToArray(), static (redis, keys) => redis.KeyDeleteAsync(keys));

    /// <summary>Gets the key under which one product is kept.</summary>
    public static string KeyOf(string sku) => $"inventory:product:{sku}";

    private async Task FlyAsync<T>(string key, Func<CancellationToken, Task<T?>> load, Predicate<T> isAnswer, TaskCompletionSource<object?> flight)
        where T : class
    {
        try
        {
            flight.SetResult(await ReadOrLoadAsync(key, load, isAnswer));
        }
        catch (Exception failure)
        {
            flight.SetException(failure); // it is the callers'
        }
        finally
        {
            _flights.TryRemove(key, out _);
        }
    }

    private async Task<T?> ReadOrLoadAsync<T>(string key, Func<CancellationToken, Task<T?>> load, Predicate<T> isAnswer)
        where T : class
    {
        var (isThere, kept) = await TryAsync((RedisKey)key, ReadKeptAsync);
        if (Read(key, kept, isAnswer) is { } fresh)
        {
            return fresh;
        }

        var loaded = await load(CancellationToken.None); // bounded by the read pipeline; callers come and go
        if (loaded is not null && isThere) // a cache that has just missed its time isn't given a second chance to cost some
        {
            await TryAsync(
                (Key: (RedisKey)key, Json: JsonSerializer.SerializeToUtf8Bytes(loaded, _strict)),
                static (redis, state) => redis.StringSetAsync(state.Key, state.Json, Freshness));
        }

        return loaded;
    }

    // An empty string is how Redis says that there is nothing, too.
    private static async Task<RedisValue> ReadKeptAsync(IDatabase redis, RedisKey key)
    {
        try
        {
            return await redis.StringGetRangeAsync(key, 0, LongestAnswer);
        }
        catch (RedisServerException other) when (other.Message.StartsWith(OfAnotherKind, StringComparison.Ordinal))
        {
            return RedisValue.EmptyString; // or one such key would open the breaker for all
        }
    }

    private T? Read<T>(string key, RedisValue kept, Predicate<T> isAnswer)
        where T : class
    {
        if (kept.IsNullOrEmpty)
        {
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize<T>((byte[])kept!, _strict) is { } answer && isAnswer(answer))
            {
                return answer;
            }

            LogPoison(logger, key, poison: null);
        }
        catch (JsonException poison)
        {
            LogPoison(logger, key, poison);
        }

        return null;
    }

    // Redis' answer, or that it didn't give one in time.
    private async Task<(bool IsThere, TAnswer? Answer)> TryAsync<TState, TAnswer>(TState state, Func<IDatabase, TState, Task<TAnswer>> command)
    {
        try
        {
            return (true, await _budget.ExecuteAsync(
                static async (call, token) => await call.command(call.redis.GetDatabase(), call.state).WaitAsync(token),
                (redis, state, command)));
        }
        catch (Exception away) when (IsAway(away))
        {
            LogAway(logger, away.GetType().Name);
            return default;
        }
    }

    private static bool IsAway(Exception exception) =>
        exception is RedisException or TimeoutException or ExecutionRejectedException or ObjectDisposedException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cache held something under {Key} that is no answer; it is read anew.")]
    private static partial void LogPoison(ILogger logger, string key, Exception? poison);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cache did not answer ({Reason}); PostgreSQL does.")]
    private static partial void LogAway(ILogger logger, string reason);
}
