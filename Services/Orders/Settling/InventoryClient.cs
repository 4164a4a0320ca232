using System.Net;
using System.Text.Json;
using Polly;
using Polly.CircuitBreaker;

namespace Orders.Settling;

/// <summary>What orders asks of inventory, in orders' own words.</summary>
/// <remarks>
/// Every request carries the order's id as its <c>Idempotency-Key</c>, and inventory does each thing once for each order, so the client's
/// pipeline may repeat all of them. Whatever isn't a clear answer is <see cref="ReserveReply.Unknown"/>: it may have worked.
/// </remarks>
internal sealed partial class InventoryClient(HttpClient http, ILogger<InventoryClient> logger)
{
    private const long MaxUnitPrice = 1_000_000_000_000; // keeps the largest order's total far from overflowing

    /// <summary>Sets the order's stock aside.</summary>
    public Task<ReserveReply> ReserveAsync(Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancellationToken) =>
        AskAsync<ReserveReply>(
            HttpMethod.Put,
            $"/reservations/{orderId}",
            orderId,
            JsonContent.Create(new { lines = lines.Select(static line => new { line.Sku, line.Quantity }) }),
            async (reply, token) => reply.StatusCode switch
            {
                HttpStatusCode.OK => await ReadHeldAsync(reply, lines, token),
                HttpStatusCode.Conflict or HttpStatusCode.BadRequest => await ReadRefusalAsync(reply, token),
                _ => new ReserveReply.Unknown(),
            },
            new ReserveReply.Unknown(),
            new ReserveReply.Unreachable(),
            cancellationToken);

    /// <summary>Sells what is set aside for the order.</summary>
    public Task<SettleReply> ConfirmAsync(Guid orderId, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Post,
            $"/reservations/{orderId}/confirm",
            orderId,
            content: null,
            static async (reply, token) => reply.StatusCode switch
            {
                HttpStatusCode.OK => SettleReply.Done,
                HttpStatusCode.Conflict or HttpStatusCode.NotFound
                    when await ReadProblemAsync(reply, token) is { Code: "reservation_closed" or "not_found" } => SettleReply.Refused,
                _ => SettleReply.Unknown,
            },
            SettleReply.Unknown,
            SettleReply.Unreachable,
            cancellationToken);

    /// <summary>Gives back what is set aside for the order, or was sold to it.</summary>
    public Task<SettleReply> ReleaseAsync(Guid orderId, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Post,
            $"/reservations/{orderId}/release",
            orderId,
            content: null,
            static (reply, _) => Task.FromResult(reply.StatusCode is HttpStatusCode.OK ? SettleReply.Done : SettleReply.Unknown),
            SettleReply.Unknown,
            SettleReply.Unreachable,
            cancellationToken);

    private async Task<T> AskAsync<T>(
        HttpMethod method,
        string path,
        Guid orderId,
        HttpContent? content,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        T unknown,
        T unreachable,
        CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            request.Headers.Add("Idempotency-Key", orderId.ToString("N"));
            using var reply = await http.SendAsync(request, cancellationToken);
            return await read(reply, cancellationToken);
        }
        catch (BrokenCircuitException)
        {
            return unreachable;
        }
        catch (Exception failure) when (
            failure is HttpRequestException or ExecutionRejectedException or IOException
                or JsonException or NotSupportedException or InvalidOperationException // not JSON, or in an encoding that nobody knows
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogUnknown(logger, orderId, failure.GetType().Name);
            return unknown;
        }
    }

    private static async Task<ReserveReply> ReadHeldAsync(
        HttpResponseMessage reply, IReadOnlyList<OrderLine> asked, CancellationToken cancellationToken)
    {
        var held = await reply.Content.ReadFromJsonAsync<HeldReservation>(cancellationToken);
        var lines = held?.Lines?.Select(static line => new OrderLine(line?.Sku ?? "", line?.Quantity ?? 0, line?.UnitPrice)).ToList();

        // Sold is only what was ordered, and at a price that is one.
        return held is { Currency: { Length: > 0 } currency } && lines is not null
            && lines.All(static line => line.UnitPrice is > 0 and <= MaxUnitPrice)
            && lines.Select(static line => line with { UnitPrice = null }).SequenceEqual(asked.Select(static line => line with { UnitPrice = null }))
                ? new ReserveReply.Held(currency, lines)
                : new ReserveReply.Unknown();
    }

    private static async Task<ReserveReply> ReadRefusalAsync(HttpResponseMessage reply, CancellationToken cancellationToken) =>
        await ReadProblemAsync(reply, cancellationToken) switch
        {
            { Code: "insufficient_stock", Sku: { } sku, Available: { } available } => new ReserveReply.Refused(new(sku, available, UnknownSkus: null)),
            { Code: "validation", UnknownSkus: { Count: > 0 } unknown } => new ReserveReply.Refused(new(Sku: null, Available: null, unknown)),
            { Code: "reservation_closed" } => new ReserveReply.Closed(),
            _ => new ReserveReply.Unknown(),
        };

    private static async Task<InventoryProblem?> ReadProblemAsync(HttpResponseMessage reply, CancellationToken cancellationToken) =>
        await reply.Content.ReadFromJsonAsync<InventoryProblem>(cancellationToken);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Inventory gave no clear answer about order {OrderId} ({Reason}); it is asked again later.")]
    private static partial void LogUnknown(ILogger logger, Guid orderId, string reason);

    private sealed record HeldReservation(string? Currency, IReadOnlyList<HeldLine?>? Lines);

    private sealed record HeldLine(string Sku, long Quantity, long UnitPrice);

    private sealed record InventoryProblem(string? Code, string? Sku, long? Available, IReadOnlyList<string>? UnknownSkus);
}

/// <summary>How setting stock aside went.</summary>
internal abstract record ReserveReply
{
    private ReserveReply()
    {
    }

    /// <summary>The stock is set aside, at these prices.</summary>
    public sealed record Held(string Currency, IReadOnlyList<OrderLine> Lines) : ReserveReply;

    /// <summary>It can't be: nothing was taken.</summary>
    public sealed record Refused(Rejection Why) : ReserveReply;

    /// <summary>It was, and has been given back meanwhile.</summary>
    public sealed record Closed : ReserveReply;

    /// <summary>No clear answer: it may have worked.</summary>
    public sealed record Unknown : ReserveReply;

    /// <summary>Our own breaker lets nothing through at present. An earlier attempt may have worked.</summary>
    public sealed record Unreachable : ReserveReply;
}

/// <summary>How confirming or releasing went. <c>Unknown</c> is an answer, not an error: it may have worked.</summary>
internal enum SettleReply
{
    /// <summary>No clear answer.</summary>
    Unknown,

    /// <summary>Done, now or before.</summary>
    Done,

    /// <summary>It can't be done any more.</summary>
    Refused,

    /// <summary>Our own breaker lets nothing through at present. An earlier attempt may have worked.</summary>
    Unreachable,
}
