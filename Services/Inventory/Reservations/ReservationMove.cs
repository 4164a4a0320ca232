using System.Data.Common;
using Dapper;

namespace Inventory.Reservations;

/// <summary>The statements that one transaction about one reservation is made of.</summary>
/// <param name="connection">Has the transaction open.</param>
internal sealed class ReservationMove(DbConnection connection)
{
    /// <summary>Adds the reservation unless the order has one; waits for a transaction that is just adding it.</summary>
    /// <returns>Whether it was added.</returns>
    public async Task<bool> InsertAsync(Guid orderId, ReservationStatus status, TimeSpan holdFor, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into reservations (order_id, status, expires_at, closed_at)
            values (@orderId, @status, now() + @holdFor, case when @status = 'Held' then null else now() end)
            on conflict (order_id) do nothing
            """,
            new { orderId, status = status.ToString(), holdFor },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>Locks the reservation's row.</summary>
    /// <returns>Its status, and whether its time is over; null when the order has none.</returns>
    public Task<LockedReservation?> LockAsync(Guid orderId, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<LockedReservation>(new CommandDefinition(
            "select status, expires_at <= now() as is_due from reservations where order_id = @orderId for update",
            new { orderId },
            cancellationToken: cancellationToken));

    /// <summary>Locks the stock of these products, always in the order of their SKUs.</summary>
    /// <returns>What is available of each product that exists.</returns>
    public async Task<IReadOnlyDictionary<string, long>> LockStockAsync(string[] skus, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<(string Sku, long Available)>(new CommandDefinition(
            """select sku, available from stock where sku = any(@skus) order by sku collate "C" for update""",
            new { skus },
            cancellationToken: cancellationToken));
        return rows.ToDictionary(static row => row.Sku, static row => row.Available, StringComparer.Ordinal);
    }

    /// <summary>Takes the stock, which must be locked, at today's prices.</summary>
    public async Task TakeAsync(Guid orderId, IReadOnlyList<RequestedLine> lines, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into reservation_lines (order_id, sku, quantity, unit_price_minor, currency)
            select @orderId, p.sku, l.quantity, p.price_minor, p.currency
            from unnest(@skus, @quantities) as l (sku, quantity) join products p using (sku)
            """,
            new
            {
                orderId,
                skus = lines.Select(static line => line.Sku).ToArray(),
                quantities = lines.Select(static line => line.Quantity).ToArray(),
            },
            cancellationToken: cancellationToken));
        await ApplyAsync(orderId, StockMovement.Reserve, cancellationToken);
    }

    /// <summary>Moves the reservation's stock and ends, or goes on with, the reservation, whose row must be locked.</summary>
    public async Task<ReservationOutcome.Done> CloseAsync(
        Guid orderId, StockMovement movement, ReservationStatus status, CancellationToken cancellationToken)
    {
        var skus = await connection.QueryAsync<string>(new CommandDefinition(
            "select sku from reservation_lines where order_id = @orderId", new { orderId }, cancellationToken: cancellationToken));
        await LockStockAsync([.. skus], cancellationToken);
        await ApplyAsync(orderId, movement, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update reservations set status = @status, closed_at = now() where order_id = @orderId",
            new { orderId, status = status.ToString() },
            cancellationToken: cancellationToken));
        return await ReadAsync(orderId, cancellationToken);
    }

    /// <summary>Reads the reservation, which must exist.</summary>
    public async Task<ReservationOutcome.Done> ReadAsync(Guid orderId, CancellationToken cancellationToken)
    {
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            """
            select status, expires_at from reservations where order_id = @orderId;
            select sku, quantity, unit_price_minor as unit_price, currency from reservation_lines where order_id = @orderId order by sku collate "C";
            """,
            new { orderId },
            cancellationToken: cancellationToken));
        var (status, expiresAt) = await results.ReadSingleAsync<(string Status, DateTimeOffset ExpiresAt)>();
        var lines = await results.ReadAsync<ReservedLine>();
        return new(new(orderId, Enum.Parse<ReservationStatus>(status), expiresAt, [.. lines]));
    }

    private async Task ApplyAsync(Guid orderId, StockMovement movement, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update stock s
            set available = s.available + @available * l.quantity,
                reserved  = s.reserved + @reserved * l.quantity,
                sold      = s.sold + @sold * l.quantity
            from reservation_lines l
            where l.order_id = @orderId and s.sku = l.sku;

            insert into stock_ledger (ref, sku, reason, available_delta, reserved_delta, sold_delta)
            select order_id, sku, @reason, @available * quantity, @reserved * quantity, @sold * quantity
            from reservation_lines where order_id = @orderId;
            """,
            new { orderId, movement.Reason, movement.Available, movement.Reserved, movement.Sold },
            cancellationToken: cancellationToken));
}

/// <summary>A reservation whose row this transaction has locked.</summary>
internal sealed record LockedReservation
{
    public ReservationStatus Status { get; init; }

    public bool IsDue { get; init; }
}
