using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults.Problems;

namespace Inventory.Catalogue;

/// <summary>GET /products: a page of the catalogue, from the cache when there is one.</summary>
internal static class ListProducts
{
    private const int MaxSize = 200;
    private const int MaxPage = 1_000_000;

    public static void MapListProducts(this IEndpointRouteBuilder app) => app.MapGet("/products", HandleAsync)
        .WithName("ListProducts")
        .WithSummary("A page of the catalogue, in the order of the SKUs.")
        .WithTags("Products")
        .ProducesProblems(Problems.Codes.Validation, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);

    private static async Task<Results<Ok<ProductPage>, ProblemHttpResult>> HandleAsync(
        CatalogueCache cache, CatalogueStore store, CancellationToken cancellationToken, int page = 1, int size = 50)
    {
        if (page is < 1 or > MaxPage || size is < 1 or > MaxSize)
        {
            return Problems.Validation(new Dictionary<string, string[]>
            {
                [page is < 1 or > MaxPage ? "page" : "size"] =
                    [page is < 1 or > MaxPage ? $"A page is from 1 to {MaxPage}." : $"A size is from 1 to {MaxSize}."],
            });
        }

        var products = await cache.GetAsync(
            $"inventory:page:{page}:{size}",
            async token => await store.ListAsync(page, size, token),
            kept => kept.Page == page && kept.Size == size && kept.Items.Count <= size,
            cancellationToken);
        return TypedResults.Ok(products);
    }
}
