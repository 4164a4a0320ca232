using Microsoft.AspNetCore.Http.HttpResults;
using Orders.Settling;
using ServiceDefaults.Problems;

namespace Orders.Cancelling;

/// <summary>POST /orders/{id}/cancel: undo the order; its stock goes back, whether it was only set aside or already sold.</summary>
internal static class CancelOrder
{
    public const string RejectedCode = "order_rejected";

    public static void MapCancelOrder(this IEndpointRouteBuilder app) => app.MapPost("/orders/{id:guid}/cancel", HandleAsync)
        .WithName("CancelOrder")
        .WithSummary("Cancels an order. Cancelling twice is the same as once; 202 means that the stock is still on its way back.")
        .WithTags("Orders")
        .ProducesProblems(Problems.Codes.NotFound, RejectedCode, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);

    private static async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> HandleAsync(
        Guid id,
        HttpRequest request,
        OrderStore orders,
        OrderSettlement settlement,
        CancellationToken cancellationToken)
    {
        var order = await orders.FindAsync(id, cancellationToken);
        if (order is null || order.Client != Client.Of(request))
        {
            return Problems.NotFound($"There is no order {id}.");
        }

        await orders.CancelAsync(id, [OrderStatus.Pending, OrderStatus.Reserved, OrderStatus.Confirmed], cancellationToken);
        var settled = (await settlement.SettleAsync(id, cancellationToken)).Order;
        return settled.Status switch
        {
            OrderStatus.Cancelled => TypedResults.Ok(OrderView.Of(settled)),
            OrderStatus.Rejected => Problems.Of(
                StatusCodes.Status409Conflict, RejectedCode, "The order was rejected", $"Order {id} was rejected; there is nothing to cancel."),
            _ => TypedResults.Accepted($"/orders/{id}", OrderView.Of(settled)),
        };
    }
}
