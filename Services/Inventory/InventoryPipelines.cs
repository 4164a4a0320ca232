using Database;
using Polly;
using Polly.DependencyInjection;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;
using Resilience.Retries;

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
    private static void ConfigureCache(ResiliencePipelineBuilder pipeline, AddResiliencePipelineContext<string> context)
    {
        var breaker = new CircuitBreaker(
            Cache,
            new()
            {
                FailureRatio = 0.5,
                MinimumThroughput = 5,
                ConsecutiveFailures = 5,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = TimeSpan.FromSeconds(2),
                MaxBreakDuration = TimeSpan.FromSeconds(10), // the next call is a cheap question
                RampDuration = TimeSpan.FromSeconds(2),
            },
            ClockOf(context));

        pipeline.AddAdvancedCircuitBreaker(breaker).AddTimeout(TimeSpan.FromMilliseconds(50));
        List(context, CatalogueEntry.For(breaker));
    }

    /// <summary>Catalogue from PostgreSQL: at most 3 s in all, one more try, 16 at a time so that a lost cache doesn't drown the database.</summary>
    private static void ConfigureCatalogueReads(ResiliencePipelineBuilder pipeline, AddResiliencePipelineContext<string> context)
    {
        var retry = Retry(CatalogueReads, maxRetries: 1, context);
        var bulkhead = new Bulkhead(CatalogueReads, new() { MaxConcurrency = 16, MaxQueue = 128, MaxQueueTime = TimeSpan.FromSeconds(3) }, ClockOf(context));

        pipeline.AddTimeout(TimeSpan.FromSeconds(3)).AddBudgetedRetry(retry).AddBulkhead(bulkhead);
        List(context, CatalogueEntry.For(retry), CatalogueEntry.For(bulkhead));
    }

    /// <summary>Stock in PostgreSQL: at most 5 s in all, two more tries.</summary>
    /// <remarks>
    /// Trying a move again is safe even when the first try's commit may have worked: each is stored under the order's id, once.
    /// </remarks>
    private static void ConfigureStockMoves(ResiliencePipelineBuilder pipeline, AddResiliencePipelineContext<string> context)
    {
        var retry = Retry(StockMoves, maxRetries: 2, context);

        pipeline.AddTimeout(TimeSpan.FromSeconds(5)).AddBudgetedRetry(retry);
        List(context, CatalogueEntry.For(retry));
    }

    private static BudgetedRetry Retry(string name, int maxRetries, AddResiliencePipelineContext<string> context) => new(
        name,
        new()
        {
            MaxRetryAttempts = maxRetries,
            Delay = TimeSpan.FromMilliseconds(20),
            HandleException = DatabaseFaults.IsTransient,
        },
        ClockOf(context));

    private static TimeProvider ClockOf(AddResiliencePipelineContext<string> context) => context.ServiceProvider.GetRequiredService<TimeProvider>();

    private static void List(AddResiliencePipelineContext<string> context, params CatalogueEntry[] strategies) =>
        context.ServiceProvider.GetRequiredService<ResilienceCatalogue>().Add(context.PipelineKey, strategies);
}
