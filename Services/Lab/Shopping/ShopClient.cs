using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lab.Journals;

namespace Lab.Shopping;

/// <summary>A customer at the gateway who writes everything down.</summary>
/// <remarks>Safe for concurrent use. Makes exactly one attempt a call: whether to try again is the caller's decision.</remarks>
/// <param name="http">Has the gateway as its base address, and no retries of its own.</param>
/// <param name="apiKey">Who the customer is.</param>
/// <param name="journal">Where it is written.</param>
/// <param name="clock">Times the attempts.</param>
public sealed class ShopClient(HttpClient http, string apiKey, Journal journal, TimeProvider clock)
{
    /// <summary>Gets who the customer is.</summary>
    public string ApiKey { get; } = apiKey;

    /// <summary>Gets the body of a request to order.</summary>
    /// <param name="lines">What to order.</param>
    /// <returns>The body, as JSON.</returns>
    public static HttpContent ContentOf(IReadOnlyList<OrderedLine> lines) => JsonContent.Create(new { lines });

    /// <summary>Makes one attempt to order.</summary>
    /// <param name="key">The <c>Idempotency-Key</c>.</param>
    /// <param name="lines">What to order.</param>
    /// <param name="timeout">How long to wait for the answer.</param>
    /// <param name="cancellationToken">Ends the attempt, which is written down as unknown.</param>
    /// <returns>The line in the journal.</returns>
    public async Task<JournalEntry> PlaceAsync(
        string key, IReadOnlyList<OrderedLine> lines, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var entry = new JournalEntry(
            journal.NextId(), ApiKey, key, clock.GetUtcNow(), default, AttemptOutcome.Info, Status: null, OrderId: null, Total: null, BodyHash: null, Location: null);
        using var timer = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/orders") { Content = ContentOf(lines) };
            request.Headers.Add("Idempotency-Key", key);
            request.Headers.Add("X-Api-Key", ApiKey);
            using var reply = await http.SendAsync(request, either.Token);
            var body = await reply.Content.ReadAsByteArrayAsync(either.Token);
            entry = Describe(entry, reply.StatusCode, reply.Headers, body);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            // Nothing is known, and that is what the entry says.
        }

        entry = entry with { T1 = clock.GetUtcNow() };
        journal.Add(entry);
        return entry;
    }

    /// <summary>Reads an order, and writes down how it was seen.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>Its status; null when there was no clear answer.</returns>
    public async Task<string?> ReadAsync(Guid orderId, CancellationToken cancellationToken)
    {
        var t0 = clock.GetUtcNow();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/orders/{orderId}");
            request.Headers.Add("X-Api-Key", ApiKey);
            using var reply = await http.SendAsync(request, cancellationToken);
            if (reply.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.NotFound))
            {
                return null;
            }

            var status = reply.StatusCode is HttpStatusCode.OK
                ? (await reply.Content.ReadFromJsonAsync<OrderAnswer>(cancellationToken))?.Status
                : null;
            journal.Add(new Sighting(orderId, t0, clock.GetUtcNow(), status));
            return status;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static JournalEntry Describe(JournalEntry entry, HttpStatusCode status, HttpResponseHeaders headers, byte[] body)
    {
        var order = TryRead(body);
        return entry with
        {
            Status = (int)status,
            OrderId = order?.Id,
            Total = order?.Total,
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
            Location = headers.Location?.OriginalString,
            Outcome = status switch
            {
                HttpStatusCode.Created when order?.Status == "Confirmed" => AttemptOutcome.Ok,
                HttpStatusCode.Conflict when order?.Code == "idempotency_in_progress" => AttemptOutcome.Info,
                HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => AttemptOutcome.Info,
                >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => AttemptOutcome.Fail,
                _ => AttemptOutcome.Info,
            },
        };
    }

    private static OrderAnswer? TryRead(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<OrderAnswer>(body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record OrderAnswer(
        Guid? Id, [property: JsonPropertyName("status")] JsonElement StatusValue, long? Total, string? Code)
    {
        // An order's status is a word, a problem's is a number.
        [JsonIgnore]
        public string? Status => StatusValue.ValueKind is JsonValueKind.String ? StatusValue.GetString() : null;
    }
}

/// <summary>What a customer orders of one product.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Quantity">How many.</param>
public sealed record OrderedLine(string Sku, int Quantity);
