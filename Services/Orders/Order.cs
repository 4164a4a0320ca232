using System.Text.Json.Serialization;

namespace Orders;

/// <summary>Where an order is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OrderStatus>))]
internal enum OrderStatus
{
    /// <summary>Accepted; whether there is stock for it isn't known yet.</summary>
    Pending,

    /// <summary>Its stock is set aside, its price is known.</summary>
    Reserved,

    /// <summary>Its stock is sold to it.</summary>
    Confirmed,

    /// <summary>It can't be fulfilled; nothing is held for it.</summary>
    Rejected,

    /// <summary>It is being undone; its stock is on the way back.</summary>
    Cancelling,

    /// <summary>It is undone; nothing is held for it.</summary>
    Cancelled,
}

/// <summary>One product of an order.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Quantity">How many.</param>
/// <param name="UnitPrice">The price of one in minor units, as it was when the stock was set aside; null before.</param>
internal sealed record OrderLine(string Sku, long Quantity, long? UnitPrice);

/// <summary>An order.</summary>
/// <param name="Id">Names it here and at inventory.</param>
/// <param name="Client">Who placed it.</param>
/// <param name="Status">Where it is in its life.</param>
/// <param name="Total">The price of all lines in minor units; null until known.</param>
/// <param name="Currency">The ISO 4217 code of the prices; null until known.</param>
/// <param name="Rejection">Why it was rejected; null when it wasn't.</param>
/// <param name="IsOverdue">Whether it has been pending for longer than it may.</param>
/// <param name="Lines">What was ordered, one line for each SKU, in the order of the SKUs.</param>
internal sealed record Order(
    Guid Id,
    string Client,
    OrderStatus Status,
    long? Total,
    string? Currency,
    Rejection? Rejection,
    bool IsOverdue,
    IReadOnlyList<OrderLine> Lines)
{
    public bool IsAtRest => Status is OrderStatus.Confirmed or OrderStatus.Rejected or OrderStatus.Cancelled;
}

/// <summary>Why an order can't be fulfilled.</summary>
/// <param name="Sku">The product that there isn't enough of; null when it is another reason.</param>
/// <param name="Available">How many there were.</param>
/// <param name="UnknownSkus">The products that don't exist; null when it is another reason.</param>
internal sealed record Rejection(string? Sku, long? Available, IReadOnlyList<string>? UnknownSkus);

/// <summary>An order as its client sees it.</summary>
/// <param name="Id">The order's id.</param>
/// <param name="Status">Where the order is in its life.</param>
/// <param name="Total">The price of all lines in minor units; null while the order is pending.</param>
/// <param name="Currency">The ISO 4217 code of the prices; null while the order is pending.</param>
/// <param name="Lines">What was ordered, one line for each SKU.</param>
internal sealed record OrderView(Guid Id, OrderStatus Status, long? Total, string? Currency, IReadOnlyList<OrderLine> Lines)
{
    public static OrderView Of(Order order) => new(order.Id, order.Status, order.Total, order.Currency, order.Lines);
}
