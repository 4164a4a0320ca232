using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Orders.Settling;
using ServiceDefaults.Problems;

namespace Orders.Placing;

/// <summary>POST /orders: accept the order under its key, hold and sell the stock, answer; asked again under the key, answer the same.</summary>
internal static class PlaceOrder
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder app) => app.MapPost("/orders", HandleAsync)
        .WithName("PlaceOrder")
        .WithSummary("Places an order. Repeating the request under the same Idempotency-Key gives the same answer and orders once.")
        .WithTags("Orders")
        .Produces<OrderView>(StatusCodes.Status201Created)
        .Produces<OrderView>(StatusCodes.Status202Accepted)
        .ProducesProblems(
            Problems.Codes.IdempotencyKeyRequired,
            Problems.Codes.Validation,
            Problems.Codes.InsufficientStock,
            Problems.Codes.IdempotencyInProgress,
            Problems.Codes.IdempotencyKeyReused,
            PlacementAnswer.CancelledCode,
            Problems.Codes.PayloadTooLarge,
            Problems.Codes.UnsupportedMediaType,
            Problems.Codes.DependencyUnavailable,
            Problems.Codes.DeadlineExceeded)
        .AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            // To the framework it is optional: without it, we say what to do about it.
            foreach (var parameter in operation.Parameters!.OfType<OpenApiParameter>())
            {
                parameter.Required |= parameter.Name == IdempotencyKey.Header;
            }

            return Task.CompletedTask;
        });

    private static async Task<IResult> HandleAsync(
        PlaceOrderRequest order,
        [FromHeader(Name = IdempotencyKey.Header)] string? header,
        HttpRequest request,
        PlacementStore placements,
        OrderStore orders,
        OrderSettlement settlement,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(header))
        {
            return Problems.IdempotencyKeyRequired();
        }

        if (IdempotencyKey.Parse(Client.Of(request), header) is not { } key)
        {
            return Problems.Validation(new Dictionary<string, string[]> { [IdempotencyKey.Header] = [$"The key is {IdempotencyKey.Form}."] });
        }

        if (order.Validate() is { Count: > 0 } errors)
        {
            return Problems.Validation(errors);
        }

        var lines = order.Merge();
        var placement = await placements.AcceptAsync(key, Guid.CreateVersion7(clock.GetUtcNow()), lines, cancellationToken);
        if (!placement.Fingerprint.AsSpan().SequenceEqual(PlaceOrderRequest.Fingerprint(lines)))
        {
            return Problems.IdempotencyKeyReused();
        }

        if (placement.Answer is { } given)
        {
            return new PlacementResult(given, IsReplay: true);
        }

        var placed = await TryFinishAsync();
        return placed is null
            ? Problems.IdempotencyInProgress()
            : new PlacementResult(
                await placements.StoreAnswerAsync(key, PlacementAnswer.Of(placed, order), cancellationToken),
                IsReplay: !placement.IsNew);

        // Null while another request has the answer to itself.
        async Task<Order?> TryFinishAsync() =>
            placement.IsNew ? (await settlement.SettleAsync(placement.OrderId, cancellationToken)).Order
            : await orders.FindAsync(placement.OrderId, cancellationToken) is { IsAtRest: true } atRest ? atRest
            : !placement.IsInFlight && await placements.TakeOverAsync(key, cancellationToken)
                ? (await settlement.SettleAsync(placement.OrderId, cancellationToken)).Order
            : null;
    }
}
