using Lab.Journals;

namespace Lab.Conservation;

/// <summary>Holds what the databases say, and what clients were told, against the shop's invariants.</summary>
/// <remarks>
/// Pure: state and journal in, violations out. Call it when the shop is quiet: no request under way, the faults healed, the unknowns replayed.
/// Every rule has a test with a planted violation that it must find.
/// </remarks>
public static class ConservationCheck
{
    /// <summary>Checks I1 to I12.</summary>
    /// <param name="state">What the databases hold.</param>
    /// <param name="journal">What the clients did and saw.</param>
    /// <returns>Everything that doesn't add up; empty when all does.</returns>
    public static IReadOnlyList<Violation> Run(ShopState state, Journal journal)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(journal);

        return [.. CheckStock(state), .. CheckLedger(state), .. CheckAtRest(state), .. JournalCheck.Run(state, journal)];
    }

    private static IEnumerable<Violation> CheckStock(ShopState state)
    {
        foreach (var row in state.Stock)
        {
            if (row.Initial + row.Restocked != row.Available + row.Reserved + row.Sold)
            {
                yield return new("I1", $"{row.Sku}: {row.Initial} initial + {row.Restocked} restocked is not {row.Available} available + {row.Reserved} reserved + {row.Sold} sold");
            }

            if (row.Available < 0 || row.Reserved < 0 || row.Sold < 0 || row.Sold > row.Initial + row.Restocked)
            {
                yield return new("I2", $"{row.Sku}: {row.Available} available, {row.Reserved} reserved, {row.Sold} sold of {row.Initial + row.Restocked}");
            }

            if ((row.Available, row.Reserved, row.Sold) != (row.LedgerAvailable, row.LedgerReserved, row.LedgerSold))
            {
                yield return new("I3", $"{row.Sku}: stock is {row.Available}/{row.Reserved}/{row.Sold}, the ledger's sum is {row.LedgerAvailable}/{row.LedgerReserved}/{row.LedgerSold} (available/reserved/sold)");
            }
        }

        foreach (var twice in state.Ledger.GroupBy(static row => (row.Ref, row.Sku, row.Reason)).Where(static rows => rows.Skip(1).Any()))
        {
            yield return new("I3", $"{twice.Key.Reason} of {twice.Key.Sku} for order {twice.Key.Ref} is in the ledger {twice.Count()} times");
        }
    }

    private static IEnumerable<Violation> CheckLedger(ShopState state)
    {
        var movements = state.Ledger.ToLookup(static row => row.Ref);
        var lines = state.Lines.ToLookup(static line => line.OrderId);
        foreach (var order in state.Orders)
        {
            var net = movements[order.Id]
                .GroupBy(static row => row.Sku, StringComparer.Ordinal)
                .Select(static rows => (Sku: rows.Key, Quantity: rows.Sum(static row => row.SoldDelta), Reserved: rows.Sum(static row => row.ReservedDelta)))
                .Where(static sum => sum is not { Quantity: 0, Reserved: 0 })
                .OrderBy(static sum => sum.Sku, StringComparer.Ordinal);
            var expected = lines[order.Id]
                .Where(_ => order.Status == "Confirmed")
                .Select(static line => (line.Sku, line.Quantity, Reserved: 0L))
                .OrderBy(static line => line.Sku, StringComparer.Ordinal);
            if (order.Status is "Confirmed" or "Cancelled" or "Rejected" && !net.SequenceEqual(expected))
            {
                yield return new("I4", $"order {order.Id} is {order.Status}, but the ledger's net of it is [{string.Join(", ", net)}] instead of [{string.Join(", ", expected)}]");
            }
        }

        var known = state.Orders.Select(static order => order.Id).ToHashSet();
        foreach (var stranger in movements.Where(rows => !known.Contains(rows.Key) && rows.Sum(static row => row.SoldDelta) != 0))
        {
            yield return new("I4", $"stock is sold to order {stranger.Key}, which doesn't exist");
        }
    }

    private static IEnumerable<Violation> CheckAtRest(ShopState state)
    {
        if (state.OutboxRows != 0)
        {
            yield return new("I9", $"{state.OutboxRows} orders still wait in the outbox");
        }

        foreach (var order in state.Orders.Where(static order => order.Status is not ("Confirmed" or "Rejected" or "Cancelled")))
        {
            yield return new("I10", $"order {order.Id} is still {order.Status}");
        }

        foreach (var overdue in state.OverdueReservations)
        {
            yield return new("I10", $"the reservation of order {overdue} is held past its time");
        }
    }
}
