namespace Lab.Conservation;

/// <summary>One product's stock, and what the ledger says it should be.</summary>
public sealed record StockRow
{
    /// <summary>Gets the product's code.</summary>
    public required string Sku { get; init; }

    /// <summary>Gets how many there were at first.</summary>
    public required long Initial { get; init; }

    /// <summary>Gets how many came later.</summary>
    public required long Restocked { get; init; }

    /// <summary>Gets how many can be ordered.</summary>
    public required long Available { get; init; }

    /// <summary>Gets how many are set aside.</summary>
    public required long Reserved { get; init; }

    /// <summary>Gets how many are sold.</summary>
    public required long Sold { get; init; }

    /// <summary>Gets the ledger's sum of what can be ordered.</summary>
    public required long LedgerAvailable { get; init; }

    /// <summary>Gets the ledger's sum of what is set aside.</summary>
    public required long LedgerReserved { get; init; }

    /// <summary>Gets the ledger's sum of what is sold.</summary>
    public required long LedgerSold { get; init; }
}

/// <summary>One movement of stock for an order.</summary>
public sealed record LedgerRow
{
    /// <summary>Gets the order.</summary>
    public required Guid Ref { get; init; }

    /// <summary>Gets the product's code.</summary>
    public required string Sku { get; init; }

    /// <summary>Gets what moved: reserve, sale, release or return.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets the change in what can be ordered.</summary>
    public required long AvailableDelta { get; init; }

    /// <summary>Gets the change in what is set aside.</summary>
    public required long ReservedDelta { get; init; }

    /// <summary>Gets the change in what is sold.</summary>
    public required long SoldDelta { get; init; }
}

/// <summary>An order and its key.</summary>
public sealed record OrderRow
{
    /// <summary>Gets the order's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Gets who placed it.</summary>
    public required string Client { get; init; }

    /// <summary>Gets where it is in its life.</summary>
    public required string Status { get; init; }

    /// <summary>Gets the price of all lines in minor units; null until known.</summary>
    public long? Total { get; init; }

    /// <summary>Gets the key that it was placed under; null when no key names it.</summary>
    public string? Key { get; init; }
}

/// <summary>One line of an order.</summary>
public sealed record OrderLineRow
{
    /// <summary>Gets the order.</summary>
    public required Guid OrderId { get; init; }

    /// <summary>Gets the product's code.</summary>
    public required string Sku { get; init; }

    /// <summary>Gets how many.</summary>
    public required long Quantity { get; init; }
}

/// <summary>What both databases hold, read once the shop is quiet.</summary>
/// <param name="Stock">Every product.</param>
/// <param name="Ledger">Every movement that an order caused.</param>
/// <param name="Orders">Every order.</param>
/// <param name="Lines">Every order's lines.</param>
/// <param name="OverdueReservations">Orders whose reservation is held past its time.</param>
/// <param name="OutboxRows">How many orders still wait for the relay.</param>
public sealed record ShopState(
    IReadOnlyList<StockRow> Stock,
    IReadOnlyList<LedgerRow> Ledger,
    IReadOnlyList<OrderRow> Orders,
    IReadOnlyList<OrderLineRow> Lines,
    IReadOnlyList<Guid> OverdueReservations,
    long OutboxRows);
