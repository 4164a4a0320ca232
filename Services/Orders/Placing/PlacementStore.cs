using System.Data.Common;
using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Registry;

namespace Orders.Placing;

/// <summary>Accepts orders under their keys: the key, the order and its outbox row in one transaction, once.</summary>
/// <remarks>
/// Safe for concurrent use by any number of processes. When the connection breaks at the commit, whether it worked is found out by trying
/// again with the same order id: the insert waits for a transaction that may still be ending, and then finds the key or adds it.
/// </remarks>
internal sealed class PlacementStore(
    DbDataSource database, ResiliencePipelineProvider<string> pipelines, IOptions<OrderOptions> options)
{
    private const string Route = "POST /orders";

    private readonly ResiliencePipeline _pipeline = pipelines.GetPipeline(OrdersPipelines.Database);

    /// <summary>Accepts the order, unless the key was used before.</summary>
    /// <param name="key">The client's name for this attempt.</param>
    /// <param name="orderId">A new id; becomes the order's if the key is new.</param>
    /// <param name="lines">What is ordered, merged and sorted.</param>
    /// <param name="cancellationToken">Ends the try.</param>
    /// <returns>What the key stands for, which is this order or an earlier one.</returns>
    public async Task<Placement> AcceptAsync(
        IdempotencyKey key, Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(
            async token =>
            {
                await using var connection = await database.OpenConnectionAsync(token);
                while (true)
                {
                    await using var transaction = await connection.BeginTransactionAsync(token);
                    if (await InsertAsync(connection, key, orderId, lines, token))
                    {
                        await transaction.CommitAsync(token);
                        return new Placement(orderId, IsNew: true, PlaceOrderRequest.Fingerprint(lines), IsInFlight: true, Answer: null);
                    }

                    await transaction.RollbackAsync(token);
                    if (await FindAsync(connection, key, orderId, token) is { } known)
                    {
                        return known;
                    }

                    // The key was there and is gone: it got too old between the two statements. Now it is new.
                }
            },
            cancellationToken);

    /// <summary>Takes over the work on an answer whose last worker is gone.</summary>
    /// <returns>Whether it is ours now: false when somebody else was faster.</returns>
    public async Task<bool> TakeOverAsync(IdempotencyKey key, CancellationToken cancellationToken) => await _pipeline.ExecuteAsync(
        async token =>
        {
            await using var connection = await database.OpenConnectionAsync(token);
            return await connection.ExecuteAsync(new CommandDefinition(
                """
                update idempotency_keys set lease_until = now() + @lease
                where client = @client and route = @route and key = @key and response_status is null and lease_until <= now()
                """,
                new { key.Client, route = Route, key = key.Value, lease = options.Value.AnswerLease },
                cancellationToken: token)) == 1;
        },
        cancellationToken);

    /// <summary>Stores the answer, unless there is one.</summary>
    /// <returns>The answer that counts: the first one stored.</returns>
    public async Task<StoredAnswer> StoreAnswerAsync(IdempotencyKey key, StoredAnswer answer, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(
            async token =>
            {
                await using var connection = await database.OpenConnectionAsync(token);
                return await connection.QuerySingleOrDefaultAsync<StoredAnswer>(new CommandDefinition(
                    """
                    update idempotency_keys
                    set response_status = coalesce(response_status, @status),
                        response_location = case when response_status is null then @location else response_location end,
                        response_body = coalesce(response_body, @body)
                    where client = @client and route = @route and key = @key
                    returning response_status as status, response_body as body, response_location as location
                    """,
                    new { key.Client, route = Route, key = key.Value, answer.Status, answer.Body, answer.Location },
                    cancellationToken: token)) ?? answer; // the key may have got too old meanwhile
            },
            cancellationToken);

    /// <summary>Runs the statements of this store, and changes nothing.</summary>
    /// <param name="orderId">A new id.</param>
    /// <param name="lines">Lines that nobody ordered.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WarmUpAsync(Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancellationToken)
    {
        var key = new IdempotencyKey("warm-up", orderId.ToString("N"));
        await _pipeline.ExecuteAsync(
            async token =>
            {
                await using var connection = await database.OpenConnectionAsync(token);
                await using var transaction = await connection.BeginTransactionAsync(token);
                await InsertAsync(connection, key, orderId, lines, token);
                await FindAsync(connection, key, orderId, token);
                await transaction.RollbackAsync(token);
            },
            cancellationToken);
        await TakeOverAsync(key, cancellationToken);
        await StoreAnswerAsync(key, new(StatusCodes.Status201Created, "{}", "/"), cancellationToken);
    }

    private async Task<bool> InsertAsync(
        DbConnection connection, IdempotencyKey key, Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancellationToken)
    {
        // The order goes first, since the key points at it; the key decides, and the loser's order is rolled back.
        var inserted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            insert into orders (id, client, status, expires_at) values (@orderId, @client, 'Pending', now() + @pendingFor)
            on conflict (id) do nothing;
            with claimed as (
                insert into idempotency_keys (client, route, key, fingerprint, order_id, lease_until)
                values (@client, @route, @key, @fingerprint, @orderId, now() + @lease)
                on conflict do nothing
                returning order_id
            ),
            lines as (
                insert into order_lines (order_id, sku, quantity)
                select c.order_id, l.sku, l.quantity from claimed c, unnest(@skus, @quantities) as l (sku, quantity)
            ),
            message as (
                insert into outbox (order_id, next_attempt_at, trace_parent)
                select order_id, now() + @relayAfter, @traceParent from claimed
            )
            select count(*) from claimed;
            """,
            new
            {
                orderId,
                key.Client,
                pendingFor = options.Value.PendingFor,
                route = Route,
                key = key.Value,
                fingerprint = PlaceOrderRequest.Fingerprint(lines),
                lease = options.Value.AnswerLease,
                skus = lines.Select(static line => line.Sku).ToArray(),
                quantities = lines.Select(static line => line.Quantity).ToArray(),
                relayAfter = options.Value.RelayAfter,
                traceParent = Activity.Current?.Id,
            },
            cancellationToken: cancellationToken));
        return inserted == 1;
    }

    private static async Task<Placement?> FindAsync(
        DbConnection connection, IdempotencyKey key, Guid orderId, CancellationToken cancellationToken)
    {
        var row = await connection.QuerySingleOrDefaultAsync<PlacementRow>(new CommandDefinition(
            """
            select order_id, fingerprint, lease_until > now() as is_in_flight,
                   response_status as status, response_body as body, response_location as location
            from idempotency_keys where client = @client and route = @route and key = @key
            """,
            new { key.Client, route = Route, key = key.Value },
            cancellationToken: cancellationToken));
        return row is null ? null : new(
            row.OrderId,
            IsNew: row.OrderId == orderId, // an earlier try of ours did commit
            row.Fingerprint,
            row.IsInFlight,
            row.Status is { } status ? new(status, row.Body!, row.Location) : null);
    }

    private sealed record PlacementRow
    {
        public required Guid OrderId { get; init; }

        public required byte[] Fingerprint { get; init; }

        public required bool IsInFlight { get; init; }

        public int? Status { get; init; }

        public string? Body { get; init; }

        public string? Location { get; init; }
    }
}

/// <summary>What a key stands for.</summary>
/// <param name="OrderId">The order that was accepted under it.</param>
/// <param name="IsNew">Whether this very request accepted it.</param>
/// <param name="Fingerprint">The SHA-256 of what was ordered.</param>
/// <param name="IsInFlight">Whether somebody is working on the answer.</param>
/// <param name="Answer">The answer; null while there is none.</param>
internal sealed record Placement(Guid OrderId, bool IsNew, byte[] Fingerprint, bool IsInFlight, StoredAnswer? Answer);
