using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Services.Tests.Orders;

/// <summary>Inventory as orders sees it: has everything at 250 cents, unless told otherwise; a script may answer first.</summary>
internal sealed class FakeInventory : HttpMessageHandler
{
    public const long Price = 250;

    private readonly ConcurrentDictionary<string, string> _statuses = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonElement> _lines = new(StringComparer.Ordinal);

    /// <summary>Gets what was asked: <c>reserve</c>, <c>confirm</c> or <c>release</c>, and of which order.</summary>
    public ConcurrentQueue<(string Verb, Guid Order)> Calls { get; } = new();

    /// <summary>Gets the products that don't exist.</summary>
    public ConcurrentDictionary<string, bool> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets what is left of products that are short.</summary>
    public ConcurrentDictionary<string, long> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets or sets what happens instead: an answer, an exception, or null for what would have happened.</summary>
    public Func<string, CancellationToken, Task<HttpResponseMessage?>>? Script { get; set; }

    /// <summary>Gets or sets the one call in which a bug shows.</summary>
    public (string Verb, Guid Order)? Bug { get; set; }

    /// <summary>Gets or sets what happens to an answer on its way back.</summary>
    public Action<string>? Answering { get; set; }

    public static HttpResponseMessage Problem(HttpStatusCode status, string code, object? more = null) => new(status)
    {
        Content = JsonContent.Create(
            JsonSerializer.SerializeToElement(more ?? new { }).EnumerateObject().ToDictionary(static member => member.Name, static member => (object)member.Value)
                .Append(new("code", code)).ToDictionary(),
            mediaType: new("application/problem+json")),
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var segments = request.RequestUri!.AbsolutePath.Split('/');
        var (order, verb) = (segments[2], segments.Length > 3 ? segments[3] : "reserve");
        var call = (verb, Guid.Parse(order));
        Calls.Enqueue(call);
        if (Bug == call)
        {
            throw new ArithmeticException("A bug.");
        }

        if (Script is { } script && await script(verb, cancellationToken) is { } scripted)
        {
            return scripted;
        }

        var reply = verb switch
        {
            "reserve" => Reserve(order, await request.Content!.ReadFromJsonAsync<JsonElement>(cancellationToken)),
            "confirm" => Confirm(order),
            _ => Release(order),
        };
        Answering?.Invoke(verb);
        return reply;
    }

    private HttpResponseMessage Reserve(string order, JsonElement body)
    {
        var lines = body.GetProperty("lines").EnumerateArray().ToList();
        var unknown = lines.Select(static line => line.Text("sku")!).Where(Unknown.ContainsKey).ToList();
        if (unknown.Count > 0)
        {
            return Problem(HttpStatusCode.BadRequest, "validation", new { unknownSkus = unknown });
        }

        if (lines.Find(line => Left.TryGetValue(line.Text("sku")!, out var left) && left < line.Number("quantity")) is { ValueKind: JsonValueKind.Object } shortage)
        {
            return Problem(HttpStatusCode.Conflict, "insufficient_stock", new { sku = shortage.Text("sku"), available = Left[shortage.Text("sku")!] });
        }

        _lines[order] = JsonSerializer.SerializeToElement(
            lines.Select(static line => new { sku = line.Text("sku"), quantity = line.Number("quantity"), unitPrice = Price }));
        return _statuses.GetOrAdd(order, "Held") is "Held" or "Confirmed" ? View(order) : Problem(HttpStatusCode.Conflict, "reservation_closed");
    }

    private HttpResponseMessage Confirm(string order) =>
        _statuses.TryUpdate(order, "Confirmed", "Held") || _statuses.GetValueOrDefault(order) is "Confirmed" ? View(order)
        : _statuses.ContainsKey(order) ? Problem(HttpStatusCode.Conflict, "reservation_closed")
        : Problem(HttpStatusCode.NotFound, "not_found");

    private HttpResponseMessage Release(string order)
    {
        _statuses[order] = "Released";
        return View(order);
    }

    private HttpResponseMessage View(string order) => new(HttpStatusCode.OK)
    {
        Content = JsonContent.Create(new { status = _statuses[order], currency = "EUR", lines = _lines.TryGetValue(order, out var lines) ? lines : (object)Array.Empty<object>() }),
    };
}
