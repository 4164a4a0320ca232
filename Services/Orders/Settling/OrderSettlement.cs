using System.Diagnostics;
using Microsoft.Extensions.Options;
using Resilience.Deadlines;

namespace Orders.Settling;

/// <summary>Takes an order from wherever it stands to rest: sold, rejected or undone.</summary>
/// <remarks>
/// Each turn reads the status, does the one thing that is next, and writes it down; a crash between any two statements leaves a status
/// from which the next caller (the relay, a replay of the request) goes on. Any number of callers may work on one order at a time: inventory
/// does each thing once for each order id, and each step of the status names where it starts from.
/// </remarks>
internal sealed class OrderSettlement(OrderStore orders, InventoryClient inventory, IOptions<OrderOptions> options, TimeProvider clock)
{
    // Pending, Reserved, Confirmed, Cancelling, Cancelled: no order has more turns than steps, and each may be lost to a faster caller once.
    private const int MaxTurns = 10;

    private const double DeadlineShare = 0.8; // the rest is for storing the answer

    /// <summary>Settles the order as far as inventory's answers and <see cref="OrderOptions.SettleWithin"/> allow.</summary>
    /// <param name="orderId">An order that exists.</param>
    /// <param name="cancellationToken">Ends the work between two steps; nothing is lost by it.</param>
    /// <returns>The order as it was last seen: at rest, or waiting for the relay.</returns>
    public async Task<Order> SettleAsync(Guid orderId, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Within(), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var order = await FindAsync(orderId, cancellationToken);
        try
        {
            for (var turn = 0; turn < MaxTurns && !order.IsAtRest && await AdvanceAsync(order, either.Token); turn++)
            {
                order = await FindAsync(orderId, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time is up. The step under way may have worked: whoever comes next finds out.
        }

        return order;
    }

    // A caller with a deadline hears 202 before it, rather than nothing.
    private TimeSpan Within() =>
        Deadline.Current is { } deadline && deadline.Remaining * DeadlineShare < options.Value.SettleWithin
            ? deadline.Remaining * DeadlineShare
            : options.Value.SettleWithin;

    private async Task<Order> FindAsync(Guid orderId, CancellationToken cancellationToken) =>
        await orders.FindAsync(orderId, cancellationToken)
        ?? throw new InvalidOperationException($"Order {orderId} is not in the database, though something refers to it. Was a row deleted by hand?");

    // Returns false when inventory's answer is unknown: later, then.
    private Task<bool> AdvanceAsync(Order order, CancellationToken cancellationToken) => order.Status switch
    {
        OrderStatus.Pending when order.IsOverdue => CancelAsync(order, cancellationToken),
        OrderStatus.Pending => ReserveAsync(order, cancellationToken),
        OrderStatus.Reserved => ConfirmAsync(order, cancellationToken),
        OrderStatus.Cancelling => ReleaseAsync(order, cancellationToken),
        _ => throw new UnreachableException(),
    };

    private async Task<bool> ReserveAsync(Order order, CancellationToken cancellationToken)
    {
        switch (await inventory.ReserveAsync(order.Id, order.Lines, cancellationToken))
        {
            case ReserveReply.Held held:
                await orders.ReserveAsync(order.Id, held.Currency, held.Lines, cancellationToken);
                return true;
            case ReserveReply.Refused refused:
                await orders.RejectAsync(order.Id, refused.Why, cancellationToken);
                return true;
            case ReserveReply.Closed:
                return await CancelAsync(order, cancellationToken);
            default:
                return false;
        }
    }

    private async Task<bool> ConfirmAsync(Order order, CancellationToken cancellationToken)
    {
        switch (await inventory.ConfirmAsync(order.Id, cancellationToken))
        {
            case SettleReply.Done:
                await orders.ConfirmAsync(order.Id, cancellationToken);
                return true;
            case SettleReply.Refused:
                return await CancelAsync(order, cancellationToken);
            default:
                return false;
        }
    }

    private async Task<bool> ReleaseAsync(Order order, CancellationToken cancellationToken)
    {
        if (await inventory.ReleaseAsync(order.Id, cancellationToken) is not SettleReply.Done)
        {
            return false;
        }

        await orders.FinishCancellingAsync(order.Id, cancellationToken);
        return true;
    }

    private async Task<bool> CancelAsync(Order order, CancellationToken cancellationToken)
    {
        await orders.CancelAsync(order.Id, [order.Status], cancellationToken); // not what somebody else has confirmed meanwhile
        return true;
    }
}
