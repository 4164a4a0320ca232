using Lab.Conservation;
using Lab.Journals;
using Xunit;

namespace Chaos.Tests.Conservation;

/// <summary>A check that can't fail proves nothing: each rule has its planted violation here.</summary>
public sealed class ConservationCheckTests
{
    private static readonly Guid _order = Guid.Parse("0199aaaa-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset _noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Journal _journal = new();

    private ShopState _state = new(
        Stock: [new() { Sku = "TEA", Initial = 10, Restocked = 0, Available = 8, Reserved = 0, Sold = 2, LedgerAvailable = 8, LedgerReserved = 0, LedgerSold = 2 }],
        Ledger: [Moved("reserve", -2, 2, 0), Moved("sale", 0, -2, 2)],
        Orders: [new() { Id = _order, Client = "key:1", Status = "Confirmed", Total = 500, Key = "key-of-the-order" }],
        Lines: [new() { OrderId = _order, Sku = "TEA", Quantity = 2 }],
        OverdueReservations: [],
        OutboxRows: 0);

    public ConservationCheckTests() => Answer(AttemptOutcome.Ok, 201);

    [Fact]
    public void A_shop_in_order_has_no_violations() => Assert.Empty(ConservationCheck.Run(_state, _journal));

    [Fact]
    public void I1_finds_stock_that_vanished() => Finds("I1", Stock(row => row with { Available = 7, LedgerAvailable = 7 }));

    [Fact]
    public void I2_finds_an_oversold_product() =>
        Finds("I2", Stock(row => row with { Available = -1, Sold = 11, LedgerAvailable = -1, LedgerSold = 11 }));

    [Fact]
    public void I3_finds_stock_that_left_no_trace_in_the_ledger() => Finds("I3", Stock(row => row with { LedgerSold = 1 }));

    [Fact]
    public void I3_finds_a_movement_that_was_applied_twice() => Finds("I3", _state with { Ledger = [.. _state.Ledger, _state.Ledger[1]] });

    [Fact]
    public void I4_finds_a_confirmed_order_that_took_nothing() => Finds("I4", _state with { Ledger = [] });

    [Fact]
    public void I4_finds_a_cancelled_order_that_kept_its_stock() => Finds("I4", Order(order => order with { Status = "Cancelled" }));

    [Fact]
    public void I4_finds_stock_sold_to_nobody() => Finds("I4", _state with { Orders = [], Lines = [] });

    [Fact]
    public void I5_finds_a_lost_order() => Finds("I5", _state with { Orders = [], Lines = [], Ledger = [] });

    [Fact]
    public void I5_finds_a_changed_total() => Finds("I5", Order(order => order with { Total = 501 }));

    [Fact]
    public void I6_finds_a_key_with_two_orders() =>
        Finds("I6", _state with { Orders = [.. _state.Orders, _state.Orders[0] with { Id = Guid.NewGuid(), Status = "Rejected" }] });

    [Fact]
    public void I6_finds_an_order_without_a_key() => Finds("I6", Order(order => order with { Key = null }));

    [Fact]
    public void I7_finds_an_order_that_its_client_was_refused()
    {
        Answer(AttemptOutcome.Fail, 409);
        Finds("I7", _state);
    }

    [Fact]
    public void I8_finds_an_unknown_that_never_settled()
    {
        _journal.Add(Entry(AttemptOutcome.Info, status: null) with { Key = "key-never-answered", OrderId = null });
        Finds("I8", _state);
    }

    [Fact]
    public void I9_finds_a_message_that_nobody_relays() => Finds("I9", _state with { OutboxRows = 1 });

    [Fact]
    public void I10_finds_an_order_that_never_comes_to_rest() => Finds("I10", Order(order => order with { Status = "Reserved" }));

    [Fact]
    public void I10_finds_a_reservation_held_past_its_time() => Finds("I10", _state with { OverdueReservations = [_order] });

    [Fact]
    public void I11_finds_a_replay_that_says_something_else()
    {
        _journal.Add(Entry(AttemptOutcome.Ok, 201) with { BodyHash = "0123456789abcdef" });
        Finds("I11", _state);
    }

    [Fact]
    public void I12_finds_an_order_that_went_back()
    {
        _journal.Add(new Sighting(_order, _noon, _noon.AddSeconds(1), "Confirmed"));
        _journal.Add(new Sighting(_order, _noon.AddSeconds(2), _noon.AddSeconds(3), "Pending"));
        Finds("I12", _state);
    }

    [Fact]
    public void I12_does_not_compare_reads_that_overlapped()
    {
        _journal.Add(new Sighting(_order, _noon, _noon.AddSeconds(3), "Confirmed"));
        _journal.Add(new Sighting(_order, _noon.AddSeconds(1), _noon.AddSeconds(2), "Pending"));

        Assert.Empty(ConservationCheck.Run(_state, _journal));
    }

    private static LedgerRow Moved(string reason, long available, long reserved, long sold) => new()
    {
        Ref = _order,
        Sku = "TEA",
        Reason = reason,
        AvailableDelta = available,
        ReservedDelta = reserved,
        SoldDelta = sold,
    };

    private static JournalEntry Entry(AttemptOutcome outcome, int? status) => new(
        1, "client", "key-of-the-order", _noon, _noon.AddSeconds(1), outcome, status, _order, 500, "fedcba9876543210", "/api/orders/1");

    private ShopState Stock(Func<StockRow, StockRow> change) => _state = _state with { Stock = [change(_state.Stock[0])] };

    private ShopState Order(Func<OrderRow, OrderRow> change) => _state = _state with { Orders = [change(_state.Orders[0])] };

    private void Answer(AttemptOutcome outcome, int status) => _journal.Add(Entry(outcome, status) with { T1 = _noon.AddSeconds(_journal.Entries.Count + 1) });

    private void Finds(string invariant, ShopState state) =>
        Assert.Contains(ConservationCheck.Run(state, _journal), violation => violation.Invariant == invariant);
}
