using Polly;
using Polly.DependencyInjection;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;
using Resilience.Timeouts;
using ServiceDefaults.Telemetry;

namespace Inventory;

/// <summary>Every pipeline this service runs calls through.</summary>
/// <remarks>
/// Reads and moves share a pool of 25 connections. Together they take at most 24 of them, so that the sweeper finds one: neither kind can stop the other
/// or the upkeep by being slow.
/// </remarks>
internal static class InventoryPipelines
{
    public const string Cache = "inventory-cache";
    public const string CatalogueReads = "inventory-catalogue-reads";
    public const string StockMoves = "inventory-stock-moves";

    public static void AddInventoryPipelines(this IHostApplicationBuilder builder)
    {
        builder.Services.AddResiliencePipeline(Cache, ConfigureCache);

        // Catalogue from PostgreSQL: at most 3 s in all, one more try, and so many at a time that a lost cache doesn't drown the database.
        builder.AddDatabasePipeline(CatalogueReads, "CatalogueReads", static reads =>
        {
            reads.TotalTimeout = TimeSpan.FromSeconds(3);
            reads.MaxRetries = 1;
            reads.MaxConcurrency = 16;
            reads.MaxQueueTime = TimeSpan.FromSeconds(3);
        });

        // Stock in PostgreSQL: at most 5 s in all, two more tries. Again is safe even when the first try's commit may have worked: each move is stored under the order's
        // id, once. Moves wait for one another's row locks; a place lasts longer than a read's, so fewer do, and a rush may queue.
        builder.AddDatabasePipeline(StockMoves, "StockMoves", static moves =>
        {
            moves.MaxConcurrency = 8;
            moves.MaxQueue = 256;
        });
    }

    /// <summary>To Redis: 50 ms, and none at all for a while once it keeps missing them.</summary>
    private static void ConfigureCache(ResiliencePipelineBuilder pipeline, AddResiliencePipelineContext<string> context)
    {
        var clock = context.ServiceProvider.GetRequiredService<TimeProvider>();
        var logger = context.ServiceProvider.GetRequiredService<ILogger<CircuitBreaker>>();
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
                OnTransition = transition => BreakerLog.Write(logger, transition, "redis"),
            },
            clock);
        var timeout = new OperationTimeout(Cache, new() { Timeout = TimeSpan.FromMilliseconds(50), DeadlineAware = false }, clock);

        pipeline.AddAdvancedCircuitBreaker(breaker).AddOperationTimeout(timeout);
        context.List(CatalogueEntry.For(breaker), CatalogueEntry.For(timeout));
    }
}
