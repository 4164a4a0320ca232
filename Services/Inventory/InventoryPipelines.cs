using Npgsql;
using Polly;
using Polly.CircuitBreaker;

namespace Inventory;

/// <summary>Every pipeline this service runs calls through, each read from the outside in.</summary>
internal static class InventoryPipelines
{
    public const string Cache = "inventory-cache";
    public const string CatalogueReads = "inventory-catalogue-reads";
    public const string StockMoves = "inventory-stock-moves";

    public static void AddInventoryPipelines(this IServiceCollection services)
    {
        services.AddResiliencePipeline(Cache, ConfigureCache);
        services.AddResiliencePipeline(CatalogueReads, ConfigureCatalogueReads);
        services.AddResiliencePipeline(StockMoves, ConfigureStockMoves);
    }

    /// <summary>To Redis: 50 ms, and none at all for a while once it keeps missing them.</summary>
    private static void ConfigureCache(ResiliencePipelineBuilder pipeline) => pipeline
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = 5,
            SamplingDuration = TimeSpan.FromSeconds(5),
            BreakDuration = TimeSpan.FromSeconds(2),
        })
        .AddTimeout(TimeSpan.FromMilliseconds(50));

    /// <summary>Catalogue from PostgreSQL: at most 3 s in all, 16 at a time so that a lost cache doesn't drown the database, one more try.</summary>
    private static void ConfigureCatalogueReads(ResiliencePipelineBuilder pipeline) => pipeline
        .AddTimeout(TimeSpan.FromSeconds(3))
        .AddConcurrencyLimiter(permitLimit: 16, queueLimit: 128)
        .AddRetry(new()
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.FromMilliseconds(20),
            UseJitter = true,
            ShouldHandle = static arguments => ValueTask.FromResult(IsTransient(arguments.Outcome)),
        });

    /// <summary>Stock in PostgreSQL: at most 5 s in all, two more tries.</summary>
    /// <remarks>
    /// Trying a move again is safe even when the first try's commit may have worked: each is stored under the order's id, once.
    /// </remarks>
    private static void ConfigureStockMoves(ResiliencePipelineBuilder pipeline) => pipeline
        .AddTimeout(TimeSpan.FromSeconds(5))
        .AddRetry(new()
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(20),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = static arguments => ValueTask.FromResult(IsTransient(arguments.Outcome)),
        });

    private static bool IsTransient(Outcome<object> outcome) =>
        outcome.Exception is NpgsqlException { IsTransient: true };
}
