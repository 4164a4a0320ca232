namespace Orders;

/// <summary>The pipelines that are this service's own. The one to inventory is ServiceDefaults', with the numbers in appsettings.json.</summary>
internal static class OrdersPipelines
{
    public const string Database = "orders-database";

    /// <summary>To PostgreSQL: at most 5 s in all, two more tries as long as the budget lasts. Settings: <c>Resilience:Database:Orders</c>.</summary>
    /// <remarks>
    /// Trying again is safe even when the first try's commit may have worked: what is inserted has its id before the first try, and what is
    /// updated names the status that it starts from.
    /// </remarks>
    public static void AddOrdersPipelines(this IHostApplicationBuilder builder) => builder.AddDatabasePipeline(Database, "Orders");
}
