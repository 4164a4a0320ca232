using System.Data.Common;
using System.Text.Json.Serialization;
using Dapper;
using Inventory.Catalogue;
using Microsoft.AspNetCore.Http.HttpResults;
using Polly.Registry;
using ServiceDefaults.Problems;

namespace Inventory.Restocks;

/// <summary>PUT /restocks/{restockId}: goods arrive. The operator chooses the id, so repeating the request adds nothing.</summary>
internal static class Restock
{
    private const long MaxQuantity = 1_000_000;

    public static void MapRestock(this IEndpointRouteBuilder app) => app.MapPut("/restocks/{restockId:guid}", HandleAsync)
        .WithName("Restock")
        .WithSummary("Adds to the stock of a product, once for each id.")
        .WithTags("Restocks")
        .ProducesProblems(
            Problems.Codes.Validation,
            Problems.Codes.PayloadTooLarge,
            Problems.Codes.UnsupportedMediaType,
            Problems.Codes.ReducedCapacity,
            Problems.Codes.DependencyUnavailable,
            Problems.Codes.DeadlineExceeded);

    private static async Task<Results<NoContent, ProblemHttpResult>> HandleAsync(
        Guid restockId,
        RestockRequest request,
        DbDataSource database,
        ResiliencePipelineProvider<string> pipelines,
        CancellationToken cancellationToken)
    {
        if (!Sku.IsWellFormed(request.Sku) || request.Quantity is < 1 or > MaxQuantity)
        {
            return Problems.Validation(new Dictionary<string, string[]>
            {
                ["restock"] = [$"A restock names a SKU and a quantity from 1 to {MaxQuantity}."],
            });
        }

        var known = await pipelines.GetPipeline(InventoryPipelines.StockMoves).ExecuteAsync(
            async token => await AddAsync(database, restockId, request, token), cancellationToken);
        return known
            ? TypedResults.NoContent()
            : Problems.Validation(new Dictionary<string, string[]> { ["sku"] = [$"There is no product with the SKU '{request.Sku}'."] });
    }

    private static async Task<bool> AddAsync(DbDataSource database, Guid restockId, RestockRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One statement, so one transaction: the ledger's unique key decides, and the stock follows what was written there.
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            with entry as (
                insert into stock_ledger (ref, sku, reason, available_delta, reserved_delta, sold_delta)
                select @restockId, sku, 'restock', @quantity, 0, 0 from products where sku = @sku
                on conflict do nothing
                returning sku, available_delta
            ),
            added as (
                update stock s
                set restocked = s.restocked + e.available_delta, available = s.available + e.available_delta
                from entry e where s.sku = e.sku
            )
            select exists (select from products where sku = @sku)
            """,
            new { restockId, sku = request.Sku, quantity = request.Quantity },
            cancellationToken: cancellationToken));
    }
}

/// <summary>What arrived.</summary>
internal sealed record RestockRequest([property: JsonRequired] string Sku, [property: JsonRequired] long Quantity);
