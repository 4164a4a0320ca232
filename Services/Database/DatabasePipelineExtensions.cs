using Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Polly;
using Polly.DependencyInjection;
using Resilience.Bulkheads;
using Resilience.Pipelines;
using Resilience.Retries;
using Resilience.Timeouts;

namespace Microsoft.Extensions.Hosting;

/// <summary>What a service's statements run through.</summary>
public static class DatabasePipelineExtensions
{
    /// <summary>Adds a pipeline for statements that may be made twice: a time for all tries, a retry with a budget, and at most so many at a time.</summary>
    /// <remarks>
    /// The bulkhead is inside the retry, so that nobody holds a place while he pauses; its refusals aren't tried again, since that makes the queue longer. All of it is
    /// listed at <c>/resilience</c>. Settings hold from the next start on.
    /// </remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="name">What to call it in metrics, in the catalogue, and when asking for it.</param>
    /// <param name="section">Its settings are <c>Resilience:Database:{section}:…</c>: letters only, so that a shell can set them.</param>
    /// <param name="configure">Changes the defaults; configuration wins.</param>
    public static void AddDatabasePipeline(
        this IHostApplicationBuilder builder, string name, string section, Action<DatabasePipelineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(section);

        builder.Services.Configure<DatabasePipelineOptions>(name, options => configure?.Invoke(options));
        builder.AddValidatedOptions<DatabasePipelineOptions>($"{DatabasePipelineOptions.Section}:{section}", name);
        builder.Services.AddResiliencePipeline(name, Build);
    }

    /// <summary>Lists what a pipeline is made of at <c>/resilience</c>, from the outside in.</summary>
    /// <param name="context">Of the pipeline.</param>
    /// <param name="strategies">What it is made of.</param>
    public static void List(this AddResiliencePipelineContext<string> context, params CatalogueEntry[] strategies)
    {
        ArgumentNullException.ThrowIfNull(context);

        context.ServiceProvider.GetRequiredService<ResilienceCatalogue>().Add(context.PipelineKey, strategies);
    }

    private static void Build(ResiliencePipelineBuilder pipeline, AddResiliencePipelineContext<string> context)
    {
        var name = context.PipelineKey;
        var options = context.ServiceProvider.GetRequiredService<IOptionsMonitor<DatabasePipelineOptions>>().Get(name);
        var clock = context.ServiceProvider.GetRequiredService<TimeProvider>();
        // The request's own deadline comes with its token already.
        var total = new OperationTimeout(name, new() { Timeout = options.TotalTimeout, DeadlineAware = false }, clock);
        var retry = new BudgetedRetry(
            name,
            new() { MaxRetryAttempts = options.MaxRetries, Delay = options.RetryPause, MaxDelay = options.TotalTimeout, HandleException = DatabaseFaults.IsTransient },
            clock);

        pipeline.AddOperationTimeout(total).AddBudgetedRetry(retry);
        if (options.MaxConcurrency is not { } atATime)
        {
            context.List(CatalogueEntry.For(total), CatalogueEntry.For(retry));
            return;
        }

        var bulkhead = new Bulkhead(name, new() { MaxConcurrency = atATime, MaxQueue = options.MaxQueue, MaxQueueTime = options.MaxQueueTime }, clock);
        pipeline.AddBulkhead(bulkhead);
        context.List(CatalogueEntry.For(total), CatalogueEntry.For(retry), CatalogueEntry.For(bulkhead));
    }
}
