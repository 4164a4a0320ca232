using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults.Problems;

namespace Inventory.Reservations;

/// <summary>POST /reservations/{orderId}/confirm and /release: sell what is held, or give back what is held or sold.</summary>
internal static class SettleReservation
{
    public static void MapSettleReservation(this IEndpointRouteBuilder app)
    {
        app.MapPost("/reservations/{orderId:guid}/confirm", ConfirmAsync)
            .WithName("ConfirmReservation")
            .WithSummary("Sells what is held for an order. The same request twice gives the same answer.")
            .WithTags("Reservations")
            .ProducesProblems(Problems.Codes.NotFound, ReservationProblems.ClosedCode, Problems.Codes.ReducedCapacity, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);

        app.MapPost("/reservations/{orderId:guid}/release", ReleaseAsync)
            .WithName("ReleaseReservation")
            .WithSummary("Gives back what is held for an order or was sold to it, and refuses that order from then on.")
            .WithTags("Reservations")
            .ProducesProblems(Problems.Codes.ReducedCapacity, Problems.Codes.DependencyUnavailable, Problems.Codes.DeadlineExceeded);
    }

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> ConfirmAsync(
        Guid orderId, ReservationStore reservations, CancellationToken cancellationToken) =>
        (await reservations.ConfirmAsync(orderId, cancellationToken)).ToResult(orderId);

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> ReleaseAsync(
        Guid orderId, ReservationStore reservations, CancellationToken cancellationToken) =>
        (await reservations.ReleaseAsync(orderId, cancellationToken)).ToResult(orderId);
}
