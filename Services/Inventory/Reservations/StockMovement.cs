namespace Inventory.Reservations;

/// <summary>How one unit moves between what is available, reserved and sold.</summary>
/// <param name="Reason">The ledger's word for it.</param>
/// <param name="Available">The change in what is available, for each unit.</param>
/// <param name="Reserved">The change in what is reserved.</param>
/// <param name="Sold">The change in what is sold.</param>
internal sealed record StockMovement(string Reason, int Available, int Reserved, int Sold)
{
    public static StockMovement Reserve { get; } = new("reserve", -1, +1, 0);

    public static StockMovement Sale { get; } = new("sale", 0, -1, +1);

    public static StockMovement Release { get; } = new("release", +1, -1, 0);

    public static StockMovement Return { get; } = new("return", +1, 0, -1);
}
