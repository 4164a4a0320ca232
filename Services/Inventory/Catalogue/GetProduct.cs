using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults.Problems;

namespace Inventory.Catalogue;

/// <summary>GET /products/{sku}: one product, from the cache when there is one.</summary>
internal static class GetProduct
{
    public static void MapGetProduct(this IEndpointRouteBuilder app) => app.MapGet("/products/{sku}", HandleAsync)
        .WithName("GetProduct")
        .WithSummary("One product.")
        .WithTags("Products")
        .ProducesProblems(Problems.Codes.NotFound, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);

    private static async Task<Results<Ok<Product>, ProblemHttpResult>> HandleAsync(
        string sku, CatalogueCache cache, CatalogueStore store, CancellationToken cancellationToken)
    {
        // What can't be a SKU isn't looked up, so that garbage never becomes a key in Redis.
        var product = Sku.IsWellFormed(sku)
            ? await cache.GetAsync(CatalogueCache.KeyOf(sku), token => store.FindAsync(sku, token), kept => kept.Sku == sku, cancellationToken)
            : null;
        return product is null ? Problems.NotFound($"There is no product with the SKU '{Sku.Shown(sku)}'.") : TypedResults.Ok(product);
    }
}
