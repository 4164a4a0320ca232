using System.Data.Common;
using Dapper;
using Inventory.Catalogue;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Registry;
using Resilience.Profiling;

namespace Inventory.Reservations;

/// <summary>Sets stock aside for orders, sells it and gives it back; each move in one transaction with its line in the ledger.</summary>
/// <remarks>
/// Safe for concurrent use by any number of processes. Locks are taken in one order everywhere, the reservation first and then the stock
/// rows by SKU, so moves can't deadlock. Every move is stored under the order's id once: repeating one is safe.
/// </remarks>
internal sealed class ReservationStore(
    DbDataSource database,
    CatalogueCache cache,
    ResiliencePipelineProvider<string> pipelines,
    IOptions<ReservationOptions> options)
{
    private readonly ResiliencePipeline _moves = pipelines.GetPipeline(InventoryPipelines.StockMoves);

    /// <summary>Takes all lines, or none.</summary>
    public Task<ReservationOutcome> ReserveAsync(Guid orderId, IReadOnlyList<RequestedLine> lines, CancellationToken cancellationToken) =>
        MoveAsync((move, token) => ReserveAsync(move, orderId, lines, token), cancellationToken);

    /// <summary>Sells what is held.</summary>
    public Task<ReservationOutcome> ConfirmAsync(Guid orderId, CancellationToken cancellationToken) =>
        MoveAsync(
            async (move, token) => await move.LockAsync(orderId, token) switch
            {
                null => new ReservationOutcome.Missing(),
                { Status: ReservationStatus.Held, IsDue: false } => await move.CloseAsync(orderId, StockMovement.Sale, ReservationStatus.Confirmed, token),
                { Status: ReservationStatus.Held } => new ReservationOutcome.Closed(ReservationStatus.Expired), // the sweeper comes by next
                { Status: ReservationStatus.Confirmed } => await move.ReadAsync(orderId, token),
                { Status: var status } => new ReservationOutcome.Closed(status),
            },
            cancellationToken);

    /// <summary>Gives back what is held or sold. An order that is not known yet is refused from now on: its request may still be on the way.</summary>
    public Task<ReservationOutcome> ReleaseAsync(Guid orderId, CancellationToken cancellationToken) =>
        MoveAsync(
            async (move, token) =>
            {
                await move.InsertAsync(orderId, ReservationStatus.Released, TimeSpan.Zero, token);
                return (await move.LockAsync(orderId, token))?.Status switch
                {
                    ReservationStatus.Held => await move.CloseAsync(orderId, StockMovement.Release, ReservationStatus.Released, token),
                    ReservationStatus.Confirmed => await move.CloseAsync(orderId, StockMovement.Return, ReservationStatus.Returned, token),
                    _ => await move.ReadAsync(orderId, token),
                };
            },
            cancellationToken);

    /// <summary>Gives back what is held past its time.</summary>
    /// <returns>Whether there was something to give back.</returns>
    public async Task<bool> ExpireAsync(Guid orderId, CancellationToken cancellationToken) =>
        await MoveAsync(
            async (move, token) => await move.LockAsync(orderId, token) is { Status: ReservationStatus.Held, IsDue: true }
                ? await move.CloseAsync(orderId, StockMovement.Release, ReservationStatus.Expired, token)
                : new ReservationOutcome.Missing(),
            cancellationToken) is ReservationOutcome.Done;

    /// <summary>Lists reservations that are held past their time, the longest overdue first.</summary>
    public async Task<IReadOnlyList<Guid>> ListDueAsync(int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<Guid>(new CommandDefinition(
            "select order_id from reservations where status = 'Held' and expires_at <= now() order by expires_at limit @limit",
            new { limit },
            cancellationToken: cancellationToken))];
    }

    /// <summary>Runs the statements of a reservation in a transaction that is rolled back.</summary>
    /// <param name="orderId">A new id.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task WarmUpAsync(Guid orderId, CancellationToken cancellationToken) => MoveAsync(
        async (move, token) =>
        {
            await move.InsertAsync(orderId, ReservationStatus.Held, options.Value.HoldFor, token);
            await move.LockAsync(orderId, token);
            await move.TakeAsync(orderId, [], token);
            await move.CloseAsync(orderId, StockMovement.Sale, ReservationStatus.Confirmed, token);
            return new ReservationOutcome.Missing(); // only what is done is committed
        },
        cancellationToken);

    private async Task<ReservationOutcome> ReserveAsync(
        ReservationMove move, Guid orderId, IReadOnlyList<RequestedLine> lines, CancellationToken cancellationToken)
    {
        using var scope = Profiler.AsyncScope("reserve");

        // Of two requests with one order id, the second waits here for the first one's commit.
        if (!await move.InsertAsync(orderId, ReservationStatus.Held, options.Value.HoldFor, cancellationToken))
        {
            var known = (await move.ReadAsync(orderId, cancellationToken)).Reservation;
            return known.Status is not (ReservationStatus.Held or ReservationStatus.Confirmed) ? new ReservationOutcome.Closed(known.Status)
                : known.Lines.Select(static line => new RequestedLine(line.Sku, line.Quantity)).SequenceEqual(lines) ? new ReservationOutcome.Done(known)
                : new ReservationOutcome.OtherLines();
        }

        var stock = await move.LockStockAsync([.. lines.Select(static line => line.Sku)], cancellationToken);
        if (lines.Where(line => !stock.ContainsKey(line.Sku)).Select(static line => line.Sku).ToList() is { Count: > 0 } unknown)
        {
            return new ReservationOutcome.UnknownSkus(unknown);
        }

        if (lines.FirstOrDefault(line => stock[line.Sku] < line.Quantity) is { } shortage)
        {
            return new ReservationOutcome.OutOfStock(shortage.Sku, stock[shortage.Sku]);
        }

        await move.TakeAsync(orderId, lines, cancellationToken);
        return await move.ReadAsync(orderId, cancellationToken);
    }

    // One try is one transaction on a connection of its own; only what was done as asked is committed.
    private async Task<ReservationOutcome> MoveAsync(
        Func<ReservationMove, CancellationToken, Task<ReservationOutcome>> work, CancellationToken cancellationToken)
    {
        var outcome = await _moves.ExecuteAsync(
            async token =>
            {
                await using var connection = await database.OpenConnectionAsync(token);
                await using var transaction = await connection.BeginTransactionAsync(token);
                var result = await work(new ReservationMove(connection), token);
                if (result is ReservationOutcome.Done)
                {
                    await transaction.CommitAsync(token);
                }

                return result;
            },
            cancellationToken);
        if (outcome is ReservationOutcome.Done { Reservation.Lines: var lines })
        {
            await cache.ForgetAsync(lines.Select(static line => line.Sku));
        }

        return outcome;
    }
}
