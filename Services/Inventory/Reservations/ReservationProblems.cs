using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults.Problems;

namespace Inventory.Reservations;

/// <summary>What each outcome is over HTTP.</summary>
internal static class ReservationProblems
{
    public const string ClosedCode = "reservation_closed";
    public const string OtherLinesCode = "reservation_differs";

    public static Results<Ok<ReservationView>, ProblemHttpResult> ToResult(this ReservationOutcome outcome, Guid orderId) => outcome switch
    {
        ReservationOutcome.Done done => TypedResults.Ok(ReservationView.Of(done.Reservation)),
        ReservationOutcome.OutOfStock shortage => Problems.InsufficientStock(shortage.Sku, shortage.Available),
        ReservationOutcome.UnknownSkus unknown => Problems.Validation(
            unknown.Skus.ToDictionary(static sku => sku, static sku => new[] { $"There is no product with the SKU '{sku}'." }, StringComparer.Ordinal),
            extensions: new Dictionary<string, object?> { ["unknownSkus"] = unknown.Skus }),
        ReservationOutcome.OtherLines => Problems.Of(
            StatusCodes.Status409Conflict,
            OtherLinesCode,
            "The order has reserved something else",
            $"Order {orderId} has a reservation with other lines. Reserve under a new order id."),
        ReservationOutcome.Closed closed => Problems.Of(
            StatusCodes.Status409Conflict,
            ClosedCode,
            "The reservation has ended",
            $"The reservation of order {orderId} is {closed.Status}; its stock is no longer held.",
            extensions: new Dictionary<string, object?> { ["reservationStatus"] = closed.Status.ToString() }),
        ReservationOutcome.Missing => Problems.NotFound($"Order {orderId} has reserved nothing."),
        _ => throw new UnreachableException(),
    };
}

/// <summary>A reservation as its order sees it.</summary>
/// <param name="OrderId">The order that it is for.</param>
/// <param name="Status">Where the reservation is in its life.</param>
/// <param name="ExpiresAt">When a held reservation gives its stock back by itself.</param>
/// <param name="Total">The price of all lines, in minor units.</param>
/// <param name="Currency">The ISO 4217 code of the prices; null when nothing was ever set aside.</param>
/// <param name="Lines">What is set aside, in the order of the SKUs.</param>
internal sealed record ReservationView(
    Guid OrderId, ReservationStatus Status, DateTimeOffset ExpiresAt, long Total, string? Currency, IReadOnlyList<ReservedLineView> Lines)
{
    public static ReservationView Of(Reservation reservation) => new(
        reservation.OrderId,
        reservation.Status,
        reservation.ExpiresAt,
        reservation.Lines.Sum(static line => checked(line.Quantity * line.UnitPrice)),
        reservation.Lines.Count == 0 ? null : reservation.Lines[0].Currency,
        [.. reservation.Lines.Select(static line => new ReservedLineView(line.Sku, line.Quantity, line.UnitPrice))]);
}

/// <summary>One line of a reservation.</summary>
internal sealed record ReservedLineView(string Sku, long Quantity, long UnitPrice);
