using Database;
using Polly;
using Polly.DependencyInjection;
using Resilience.Pipelines;
using Resilience.Retries;

namespace Orders;

/// <summary>The pipelines that are this service's own. The one to inventory is ServiceDefaults', with the numbers in appsettings.json.</summary>
internal static class OrdersPipelines
{
    public const string Database = "orders-database";

    public static void AddOrdersPipelines(this IServiceCollection services) => services.AddResiliencePipeline(Database, ConfigureDatabase);

    /// <summary>To PostgreSQL: at most 5 s in all, two more tries as long as the budget lasts.</summary>
    /// <remarks>
    /// Trying again is safe even when the first try's commit may have worked: what is inserted has its id before the first try, and what is
    /// updated names the status that it starts from.
    /// </remarks>
    private static void ConfigureDatabase(ResiliencePipelineBuilder pipeline, AddResiliencePipelineContext<string> context)
    {
        var retry = new BudgetedRetry(
            Database,
            new()
            {
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromMilliseconds(20),
                HandleException = DatabaseFaults.IsTransient,
            },
            context.ServiceProvider.GetRequiredService<TimeProvider>());

        pipeline.AddTimeout(TimeSpan.FromSeconds(5)).AddBudgetedRetry(retry);
        context.ServiceProvider.GetRequiredService<ResilienceCatalogue>().Add(Database, CatalogueEntry.For(retry));
    }
}
