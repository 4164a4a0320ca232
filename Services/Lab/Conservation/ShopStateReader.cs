using System.Data;
using Dapper;
using Npgsql;

namespace Lab.Conservation;

/// <summary>Reads what both databases hold, in SQL of its own: a check must not trust the code it checks.</summary>
/// <param name="inventory">Connects to inventory's database as a role that may read everything.</param>
/// <param name="orders">Connects to orders' database likewise.</param>
public sealed class ShopStateReader(NpgsqlDataSource inventory, NpgsqlDataSource orders)
{
    static ShopStateReader() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Reads everything, each database in one snapshot.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The state.</returns>
    /// <exception cref="NpgsqlException">A database can't be reached.</exception>
    public async Task<ShopState> ReadAsync(CancellationToken cancellationToken)
    {
        // Orders first: what is sold by then is in inventory's snapshot too.
        await using var ordersConnection = await orders.OpenConnectionAsync(cancellationToken);
        await using var ordersSnapshot = await ordersConnection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var fromOrders = await ordersConnection.QueryMultipleAsync(new CommandDefinition(
            """
            select o.id, o.client, o.status, o.total_minor as total, k.key
            from orders o left join idempotency_keys k on k.order_id = o.id;
            select order_id, sku, quantity from order_lines;
            select count(*) from outbox;
            """,
            transaction: ordersSnapshot,
            cancellationToken: cancellationToken));
        var orderRows = await fromOrders.ReadAsync<OrderRow>();
        var lines = await fromOrders.ReadAsync<OrderLineRow>();
        var outbox = await fromOrders.ReadSingleAsync<long>();

        await using var inventoryConnection = await inventory.OpenConnectionAsync(cancellationToken);
        await using var inventorySnapshot = await inventoryConnection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var fromInventory = await inventoryConnection.QueryMultipleAsync(new CommandDefinition(
            """
            select s.sku, s.initial, s.restocked, s.available, s.reserved, s.sold,
                   coalesce(l.available, 0) as ledger_available, coalesce(l.reserved, 0) as ledger_reserved, coalesce(l.sold, 0) as ledger_sold
            from stock s
            left join (
                select sku, sum(available_delta)::bigint as available, sum(reserved_delta)::bigint as reserved, sum(sold_delta)::bigint as sold
                from stock_ledger group by sku
            ) l using (sku);
            select ref, sku, reason, available_delta, reserved_delta, sold_delta from stock_ledger where reason not in ('initial', 'restock');
            select order_id from reservations where status = 'Held' and expires_at < now() - interval '5 s';
            """,
            transaction: inventorySnapshot,
            cancellationToken: cancellationToken));
        return new(
            [.. await fromInventory.ReadAsync<StockRow>()],
            [.. await fromInventory.ReadAsync<LedgerRow>()],
            [.. orderRows],
            [.. lines],
            [.. await fromInventory.ReadAsync<Guid>()],
            outbox);
    }
}
