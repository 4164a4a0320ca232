using System.Text.Json.Serialization;

namespace Inventory.Reservations;

/// <summary>What an order asks for of one product.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Quantity">How many, from 1.</param>
internal sealed record RequestedLine(string Sku, long Quantity);

/// <summary>Stock that is set aside for an order, at the price of the moment it was.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Quantity">How many.</param>
/// <param name="UnitPrice">The price of one, in minor units.</param>
/// <param name="Currency">The ISO 4217 code of the price.</param>
internal sealed record ReservedLine(string Sku, long Quantity, long UnitPrice, string Currency);

/// <summary>How an order's reservation stands.</summary>
/// <param name="OrderId">The order that it is for.</param>
/// <param name="Status">Held, Confirmed, Released, Expired or Returned.</param>
/// <param name="ExpiresAt">When a held reservation gives its stock back by itself.</param>
/// <param name="Lines">What is set aside, in the order of the SKUs.</param>
internal sealed record Reservation(Guid OrderId, ReservationStatus Status, DateTimeOffset ExpiresAt, IReadOnlyList<ReservedLine> Lines);

/// <summary>Where a reservation is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReservationStatus>))]
internal enum ReservationStatus
{
    /// <summary>The stock is set aside until the reservation expires.</summary>
    Held,

    /// <summary>The stock is sold.</summary>
    Confirmed,

    /// <summary>The stock went back before it was sold, or was never taken: the order gave up.</summary>
    Released,

    /// <summary>The stock went back by itself.</summary>
    Expired,

    /// <summary>The stock was sold and came back.</summary>
    Returned,
}
