using System.ComponentModel.DataAnnotations;

namespace Inventory.Reservations;

/// <summary>How long stock is set aside. Section <c>Reservations</c>.</summary>
internal sealed class ReservationOptions
{
    public const string Section = "Reservations";

    /// <summary>Gets or sets how long a reservation holds its stock without being confirmed.</summary>
    /// <value>
    /// A time from 00:00:01 to 01:00:00; 00:01:00 by default. Shorter gives stock back sooner after an order service crashed in mid-order;
    /// longer than the order service takes to come back saves that order.
    /// </value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how often expired reservations are looked for.</summary>
    /// <value>A time from 00:00:00.1 to 00:01:00; 00:00:01 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(1);
}
