namespace Inventory.Reservations;

/// <summary>How a request about a reservation went.</summary>
internal abstract record ReservationOutcome
{
    private ReservationOutcome()
    {
    }

    /// <summary>As asked, now or before: the same request twice gives the same answer.</summary>
    public sealed record Done(Reservation Reservation) : ReservationOutcome;

    /// <summary>There isn't enough of a product. Nothing was taken of any.</summary>
    public sealed record OutOfStock(string Sku, long Available) : ReservationOutcome;

    /// <summary>The catalogue doesn't have these. Nothing was taken.</summary>
    public sealed record UnknownSkus(IReadOnlyList<string> Skus) : ReservationOutcome;

    /// <summary>The order has a reservation already, for something else.</summary>
    public sealed record OtherLines : ReservationOutcome;

    /// <summary>The reservation has ended, and what was asked can't be done any more.</summary>
    public sealed record Closed(ReservationStatus Status) : ReservationOutcome;

    /// <summary>The order never reserved anything.</summary>
    public sealed record Missing : ReservationOutcome;
}
