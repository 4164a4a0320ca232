using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults.Problems;

namespace Orders.Placing;

/// <summary>What an order's status is as an answer to the request that placed it.</summary>
internal static class PlacementAnswer
{
    public const string CancelledCode = "order_cancelled";

    public static StoredAnswer Of(Order order, PlaceOrderRequest request) => order switch
    {
        { Status: OrderStatus.Confirmed } => Success(StatusCodes.Status201Created, order),
        { Rejection.UnknownSkus: { } unknown } => Problem(Problems.Validation(ErrorsFor(unknown, request))),
        { Rejection: { Sku: { } sku, Available: { } available } } => Problem(Problems.InsufficientStock(sku, available)),
        { Status: OrderStatus.Cancelling or OrderStatus.Cancelled } => Problem(Problems.Of(
            StatusCodes.Status409Conflict,
            CancelledCode,
            "The order was cancelled",
            $"Order {order.Id} was cancelled. Order again under a new Idempotency-Key.")),
        _ => Success(StatusCodes.Status202Accepted, order),
    };

    private static StoredAnswer Success(int status, Order order) =>
        new(status, JsonSerializer.Serialize(OrderView.Of(order), JsonSerializerOptions.Web), $"/orders/{order.Id}");

    private static StoredAnswer Problem(ProblemHttpResult problem) =>
        new(problem.StatusCode, JsonSerializer.Serialize(problem.ProblemDetails, JsonSerializerOptions.Web), Location: null);

    // By the client's own line numbers.
    private static Dictionary<string, string[]> ErrorsFor(IReadOnlyList<string> unknownSkus, PlaceOrderRequest request) =>
        request.Lines!
            .Select(static (line, index) => (line!.Sku, index))
            .Where(line => unknownSkus.Contains(line.Sku, StringComparer.Ordinal))
            .ToDictionary(
                static line => $"lines[{line.index}].sku",
                static line => new[] { $"There is no product with the SKU '{line.Sku}'." },
                StringComparer.Ordinal);
}

/// <summary>Sends a stored answer.</summary>
/// <param name="Answer">Status, body and place, word for word.</param>
/// <param name="IsReplay">Whether the request is a repetition; shown as <c>Idempotent-Replayed: true</c>.</param>
internal sealed record PlacementResult(StoredAnswer Answer, bool IsReplay) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Answer.Status;
        response.ContentType = Answer.Status >= StatusCodes.Status400BadRequest ? "application/problem+json" : "application/json; charset=utf-8";
        response.Headers.Location = Answer.Location;
        if (IsReplay)
        {
            response.Headers["Idempotent-Replayed"] = "true";
        }

        return response.WriteAsync(Answer.Body, httpContext.RequestAborted);
    }
}
