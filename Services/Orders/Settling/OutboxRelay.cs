using System.Data.Common;
using System.Diagnostics;
using Dapper;
using Database;
using Microsoft.Extensions.Options;
using ServiceDefaults.Startup;

namespace Orders.Settling;

/// <summary>Settles the orders whose request did not: it crashed, ran out of time, or inventory was away.</summary>
/// <remarks>
/// Every replica runs one. Claiming a row moves its next attempt into the future in the same statement (<c>for update skip locked</c>), so
/// replicas don't get in each other's way, and a replica that dies with a claim only delays that order.
/// </remarks>
internal sealed partial class OutboxRelay(
    DbDataSource database,
    IServiceScopeFactory scopes,
    IOptions<OrderOptions> options,
    StartupState startup,
    TimeProvider clock,
    ILogger<OutboxRelay> logger) : PeriodicWork(startup, clock, logger)
{
    public const string ActivitySourceName = "Orders.Relay";
    private const int Batch = 8; // all at once, so that each is worked on for as long as its claim holds

    private static readonly ActivitySource _source = new(ActivitySourceName);

    protected override TimeSpan Every => options.Value.RelayEvery;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Message> due;
        Guid[] heldBack;
        do
        {
            due = await ClaimAsync(cancellationToken);
            var settled = await Task.WhenAll(due.Select(message => SettleAsync(message, cancellationToken)));
            heldBack = [.. settled.OfType<Settlement>().Where(static each => each.InventoryUnreachable).Select(static each => each.Order.Id)];
            if (heldBack is not [])
            {
                await GiveBackAsync(heldBack, cancellationToken);
            }
        }
        while (due.Count == Batch && heldBack is []); // a full batch: there is more, don't wait for the next run
    }

    private async Task<Settlement?> SettleAsync(Message message, CancellationToken cancellationToken)
    {
        // A trace of its own, linked to the request's: that one ended long ago.
        ActivityLink[] links = ActivityContext.TryParse(message.TraceParent, traceState: null, out var request) ? [new(request)] : [];
        using var activity = _source.StartActivity("relay order", ActivityKind.Consumer, parentContext: default, links: links);
        activity?.SetTag("shop.outbox.attempt", message.Attempts);

        await using var scope = scopes.CreateAsyncScope();
        try
        {
            var settled = await scope.ServiceProvider.GetRequiredService<OrderSettlement>().SettleAsync(message.OrderId, cancellationToken);
            LogRelayed(logger, message.OrderId, settled.Order.Status, message.Attempts);
            return settled;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            LogFailed(logger, message.OrderId, message.Attempts, failure.Message); // one order's trouble doesn't stop the others
            return null;
        }
    }

    // As long as our breaker lets nothing through, each run costs one batch, however long the queue is; once it does, nobody waits for a claim to end.
    private async Task GiveBackAsync(Guid[] orders, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update outbox set next_attempt_at = now() where order_id = any(@orders)", new { orders }, cancellationToken: cancellationToken));
    }

    private async Task<IReadOnlyList<Message>> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<Message>(new CommandDefinition(
            """
            with due as materialized (
                select order_id from outbox where next_attempt_at <= now() order by next_attempt_at limit @batch for update skip locked
            )
            update outbox o
            set attempts = attempts + 1, next_attempt_at = now() + @relayAfter * (1 + random() / 4) -- so that what failed together comes back apart
            from due where o.order_id = due.order_id
            returning o.order_id, o.attempts, o.trace_parent
            """,
            new { relayAfter = options.Value.RelayAfter, batch = Batch },
            cancellationToken: cancellationToken))];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The relay took order {OrderId} to {Status} (attempt {Attempt}).")]
    private static partial void LogRelayed(ILogger logger, Guid orderId, OrderStatus status, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The relay left order {OrderId} as it was (attempt {Attempt}): {Reason}")]
    private static partial void LogFailed(ILogger logger, Guid orderId, int attempt, string reason);

    private sealed record Message
    {
        public Guid OrderId { get; init; }

        public int Attempts { get; init; }

        public string? TraceParent { get; init; }
    }
}
