using System.Data.Common;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Registry;

namespace Orders;

/// <summary>Reads orders, and moves them from one status to the next.</summary>
/// <remarks>
/// Safe for concurrent use by any number of processes. Every step names the status that it starts from, so of two who try the same step
/// one does it and the other finds it done; trying again after an unknown outcome is safe for the same reason. A step to rest takes the
/// order out of the outbox in the same transaction.
/// </remarks>
internal sealed class OrderStore(
    DbDataSource database, ResiliencePipelineProvider<string> pipelines, IOptions<OrderOptions> options)
{
    private readonly ResiliencePipeline _pipeline = pipelines.GetPipeline(OrdersPipelines.Database);

    public Task<Order?> FindAsync(Guid id, CancellationToken cancellationToken) => WithConnectionAsync(
        async (connection, token) =>
        {
            await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
                """
                select id, client, status, total_minor as total, currency, rejection, status = 'Pending' and expires_at <= now() as is_overdue
                from orders where id = @id;
                select sku, quantity, unit_price_minor as unit_price from order_lines where order_id = @id order by sku collate "C";
                """,
                new { id },
                cancellationToken: token));
            var row = await results.ReadSingleOrDefaultAsync<OrderRow>();
            var lines = await results.ReadAsync<OrderLine>();
            return row?.ToOrder([.. lines]);
        },
        cancellationToken);

    /// <summary>Lists a client's orders without their lines, the newest first.</summary>
    public Task<IReadOnlyList<OrderSummary>> ListAsync(string client, int page, int size, CancellationToken cancellationToken) => WithConnectionAsync(
        async Task<IReadOnlyList<OrderSummary>> (connection, token) => [.. await connection.QueryAsync<OrderSummary>(new CommandDefinition(
            """
            select id, status, total_minor as total, currency from orders
            where client = @client order by created_at desc, id limit @size offset @skip
            """,
            new { client, size, skip = (long)(page - 1) * size },
            cancellationToken: token))],
        cancellationToken);

    /// <summary>Pending → Reserved, at the prices that inventory set the stock aside for.</summary>
    public Task ReserveAsync(Guid id, string currency, IReadOnlyList<OrderLine> priced, CancellationToken cancellationToken) => WithConnectionAsync(
        (connection, token) => connection.ExecuteAsync(new CommandDefinition(
            """
            with moved as (
                update orders set status = 'Reserved', total_minor = @total, currency = @currency, updated_at = now()
                where id = @id and status = 'Pending'
                returning id
            )
            update order_lines l set unit_price_minor = p.price
            from moved, unnest(@skus, @prices) as p (sku, price)
            where l.order_id = moved.id and l.sku = p.sku
            """,
            new
            {
                id,
                currency,
                total = priced.Sum(static line => checked(line.Quantity * line.UnitPrice!.Value)),
                skus = priced.Select(static line => line.Sku).ToArray(),
                prices = priced.Select(static line => line.UnitPrice!.Value).ToArray(),
            },
            cancellationToken: token)),
        cancellationToken);

    /// <summary>Reserved → Confirmed.</summary>
    public Task ConfirmAsync(Guid id, CancellationToken cancellationToken) =>
        RestAsync(id, OrderStatus.Reserved, OrderStatus.Confirmed, rejection: null, cancellationToken);

    /// <summary>Pending → Rejected.</summary>
    public Task RejectAsync(Guid id, Rejection rejection, CancellationToken cancellationToken) =>
        RestAsync(id, OrderStatus.Pending, OrderStatus.Rejected, rejection, cancellationToken);

    /// <summary>Cancelling → Cancelled.</summary>
    public Task FinishCancellingAsync(Guid id, CancellationToken cancellationToken) =>
        RestAsync(id, OrderStatus.Cancelling, OrderStatus.Cancelled, rejection: null, cancellationToken);

    /// <summary>Pending, Reserved or Confirmed → Cancelling; the outbox sees to the rest if the caller doesn't.</summary>
    /// <param name="id">The order.</param>
    /// <param name="from">The statuses in which the caller's reason to cancel holds.</param>
    /// <param name="cancellationToken">Ends the try.</param>
    public Task CancelAsync(Guid id, IEnumerable<OrderStatus> from, CancellationToken cancellationToken) => WithConnectionAsync(
        (connection, token) => connection.ExecuteAsync(new CommandDefinition(
            """
            with moved as (
                update orders set status = 'Cancelling', updated_at = now()
                where id = @id and status = any(@from)
                returning id
            )
            insert into outbox (order_id, next_attempt_at)
            select id, now() + @relayAfter from moved
            on conflict (order_id) do update set next_attempt_at = excluded.next_attempt_at
            """,
            new { id, from = from.Select(static status => status.ToString()).ToArray(), relayAfter = options.Value.RelayAfter },
            cancellationToken: token)),
        cancellationToken);

    private async Task RestAsync(
        Guid id, OrderStatus from, OrderStatus to, Rejection? rejection, CancellationToken cancellationToken) => await WithConnectionAsync(
        (connection, token) => connection.ExecuteAsync(new CommandDefinition(
            """
            with moved as (
                update orders set status = @to, rejection = @rejection::jsonb, updated_at = now()
                where id = @id and status = @from
                returning id
            )
            delete from outbox using moved where outbox.order_id = moved.id
            """,
            new
            {
                id,
                from = from.ToString(),
                to = to.ToString(),
                rejection = rejection is null ? null : JsonSerializer.Serialize(rejection, JsonSerializerOptions.Web),
            },
            cancellationToken: token)),
        cancellationToken);

    private async Task<T> WithConnectionAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(
            async token =>
            {
                await using var connection = await database.OpenConnectionAsync(token);
                return await work(connection, token);
            },
            cancellationToken);

    private sealed record OrderRow
    {
        public required Guid Id { get; init; }

        public required string Client { get; init; }

        public required OrderStatus Status { get; init; }

        public long? Total { get; init; }

        public string? Currency { get; init; }

        public string? Rejection { get; init; }

        public bool IsOverdue { get; init; }

        public Order ToOrder(IReadOnlyList<OrderLine> lines) => new(
            Id,
            Client,
            Status,
            Total,
            Currency,
            Rejection is null ? null : JsonSerializer.Deserialize<Rejection>(Rejection, JsonSerializerOptions.Web),
            IsOverdue,
            lines);
    }
}

/// <summary>An order in a list.</summary>
internal sealed record OrderSummary
{
    public required Guid Id { get; init; }

    public required OrderStatus Status { get; init; }

    public long? Total { get; init; }

    public string? Currency { get; init; }
}
