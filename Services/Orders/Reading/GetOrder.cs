using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults.Problems;

namespace Orders.Reading;

/// <summary>GET /orders/{id} and GET /orders: a client's own orders; somebody else's aren't there.</summary>
internal static class GetOrder
{
    private const int MaxSize = 100;
    private const int MaxPage = 1_000_000;

    public static void MapGetOrder(this IEndpointRouteBuilder app)
    {
        app.MapGet("/orders/{id:guid}", FindAsync)
            .WithName("GetOrder")
            .WithSummary("One of the client's orders.")
            .WithTags("Orders")
            .ProducesProblems(Problems.Codes.NotFound, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);

        app.MapGet("/orders", ListAsync)
            .WithName("ListOrders")
            .WithSummary("The client's orders without their lines, the newest first.")
            .WithTags("Orders")
            .ProducesProblems(Problems.Codes.Validation, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);
    }

    private static async Task<Results<Ok<OrderView>, ProblemHttpResult>> FindAsync(
        Guid id, HttpRequest request, OrderStore orders, CancellationToken cancellationToken) =>
        await orders.FindAsync(id, cancellationToken) is { } order && order.Client == Client.Of(request)
            ? TypedResults.Ok(OrderView.Of(order))
            : Problems.NotFound($"There is no order {id}.");

    private static async Task<Results<Ok<OrderPage>, ProblemHttpResult>> ListAsync(
        HttpRequest request, OrderStore orders, CancellationToken cancellationToken, int page = 1, int size = 20) =>
        page is < 1 or > MaxPage || size is < 1 or > MaxSize
            ? Problems.Validation(new Dictionary<string, string[]>
            {
                [page is < 1 or > MaxPage ? "page" : "size"] = [page is < 1 or > MaxPage ? $"A page is from 1 to {MaxPage}." : $"A size is from 1 to {MaxSize}."],
            })
            : TypedResults.Ok(new OrderPage(await orders.ListAsync(Client.Of(request), page, size, cancellationToken), page, size));
}

/// <summary>Some of a client's orders.</summary>
internal sealed record OrderPage(IReadOnlyList<OrderSummary> Items, int Page, int Size);
