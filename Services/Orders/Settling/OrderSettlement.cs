using System.Diagnostics;
using Microsoft.Extensions.Options;
using Resilience.Deadlines;
using Resilience.Profiling;

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
    /// <returns>The order as it was last seen, at rest or waiting for the relay, and what stopped it.</returns>
    public async Task<Settlement> SettleAsync(Guid orderId, CancellationToken cancellationToken)
    {
        using var scope = Profiler.AsyncScope("settle");
        using var timeout = new CancellationTokenSource(Within(), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var order = await FindAsync(orderId, cancellationToken);
        try
        {
            for (var turn = 0; turn < MaxTurns && !order.IsAtRest; turn++)
            {
                if (await AdvanceAsync(order, either.Token) is var step and not Step.Done)
                {
                    return new(order, InventoryUnreachable: step is Step.Unreachable);
                }

                order = await FindAsync(orderId, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time is up. The step under way may have worked: whoever comes next finds out.
        }

        return new(order, InventoryUnreachable: false);
    }

    // A caller with a deadline hears 202 before it, rather than nothing.
    private TimeSpan Within() =>
        Deadline.Current is { } deadline && deadline.Remaining * DeadlineShare < options.Value.SettleWithin
            ? deadline.Remaining * DeadlineShare
            : options.Value.SettleWithin;

    private async Task<Order> FindAsync(Guid orderId, CancellationToken cancellationToken) =>
        await orders.FindAsync(orderId, cancellationToken)
        ?? throw new InvalidOperationException($"Order {orderId} is not in the database, though something refers to it. Was a row deleted by hand?");

    private Task<Step> AdvanceAsync(Order order, CancellationToken cancellationToken) => order.Status switch
    {
        OrderStatus.Pending when order.IsOverdue => CancelAsync(order, cancellationToken),
        OrderStatus.Pending => ReserveAsync(order, cancellationToken),
        OrderStatus.Reserved => ConfirmAsync(order, cancellationToken),
        OrderStatus.Cancelling => ReleaseAsync(order, cancellationToken),
        _ => throw new UnreachableException(),
    };

    private async Task<Step> ReserveAsync(Order order, CancellationToken cancellationToken)
    {
        using var scope = Profiler.AsyncScope("reserve");
        switch (await inventory.ReserveAsync(order.Id, order.Lines, cancellationToken))
        {
            case ReserveReply.Held held:
                await orders.ReserveAsync(order.Id, held.Currency, held.Lines, cancellationToken);
                return Step.Done;
            case ReserveReply.Refused refused:
                await orders.RejectAsync(order.Id, refused.Why, cancellationToken);
                return Step.Done;
            case ReserveReply.Closed:
                return await CancelAsync(order, cancellationToken);
            case ReserveReply.Unreachable:
                return Step.Unreachable;
            default:
                return Step.Unknown;
        }
    }

    private async Task<Step> ConfirmAsync(Order order, CancellationToken cancellationToken)
    {
        using var scope = Profiler.AsyncScope("confirm");
        switch (await inventory.ConfirmAsync(order.Id, cancellationToken))
        {
            case SettleReply.Done:
                await orders.ConfirmAsync(order.Id, cancellationToken);
                return Step.Done;
            case SettleReply.Refused:
                return await CancelAsync(order, cancellationToken);
            case SettleReply.Unreachable:
                return Step.Unreachable;
            default:
                return Step.Unknown;
        }
    }

    private async Task<Step> ReleaseAsync(Order order, CancellationToken cancellationToken)
    {
        using var scope = Profiler.AsyncScope("release");
        switch (await inventory.ReleaseAsync(order.Id, cancellationToken))
        {
            case SettleReply.Done:
                await orders.FinishCancellingAsync(order.Id, cancellationToken);
                return Step.Done;
            case SettleReply.Unreachable:
                return Step.Unreachable;
            default:
                return Step.Unknown;
        }
    }

    private async Task<Step> CancelAsync(Order order, CancellationToken cancellationToken)
    {
        await orders.CancelAsync(order.Id, [order.Status], cancellationToken); // not what somebody else has confirmed meanwhile
        return Step.Done;
    }

    // Whatever isn't Done is for later.
    private enum Step
    {
        Done,
        Unknown,
        Unreachable,
    }
}

/// <summary>How far an order got.</summary>
/// <param name="Order">The order as it was last seen.</param>
/// <param name="InventoryUnreachable">Whether no call to inventory gets through at present, for this order or any other.</param>
internal readonly record struct Settlement(Order Order, bool InventoryUnreachable);
