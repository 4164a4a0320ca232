using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace ServiceDefaults.Problems;

/// <summary>One row of the HTTP contract: what a code means.</summary>
/// <param name="Code">The stable snake_case name that programs switch on.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The same few words every time.</param>
/// <param name="Type">The stable URI reference.</param>
/// <param name="Retryable">Whether the same request may succeed later; null where only a request that may be repeated is worth repeating.</param>
/// <param name="RetryAfter">The seconds to say in <c>Retry-After</c>; null for none, or where each case has its own.</param>
internal sealed record ProblemKind(string Code, int Status, string Title, string Type, bool? Retryable = false, int? RetryAfter = null)
{
    private const string Registry = "https://iana.org/assignments/http-problem-types#";

    // RFC 9457, 4.2.1: no more is meant than the status says.
    private const string Unspecific = "about:blank";

    private static readonly Dictionary<string, ProblemKind> _all = new ProblemKind[]
    {
        new(Problems.Codes.QuotaExceeded, 429, "The quota is spent", $"{Registry}quota-exceeded", Retryable: true),
        new(Problems.Codes.ReducedCapacity, 503, "Too much to do at the moment", $"{Registry}temporary-reduced-capacity", Retryable: true),
        Own(Problems.Codes.DependencyUnavailable, 503, "A dependency is unavailable", retryable: true),
        Own(Problems.Codes.DeadlineExceeded, 504, "The deadline ran out", retryable: null),
        Own(Problems.Codes.BadGateway, 502, "The upstream gave no usable answer", retryable: null),
        Own(Problems.Codes.InsufficientStock, 409, "Not enough in stock"),
        Own(Problems.Codes.IdempotencyInProgress, 409, "The same request is being worked on", retryable: true) with { RetryAfter = 1 },
        Own(Problems.Codes.IdempotencyKeyReused, 422, "The Idempotency-Key was used for another request"),
        Own(Problems.Codes.IdempotencyKeyRequired, 400, "An Idempotency-Key is required"),
        Own(Problems.Codes.Validation, 400, "The request isn't valid"),
        Plain(Problems.Codes.BadRequest, 400),
        Plain(Problems.Codes.NotFound, 404),
        Plain(Problems.Codes.MethodNotAllowed, 405),
        Plain(Problems.Codes.PayloadTooLarge, 413),
        Plain(Problems.Codes.UriTooLong, 414),
        Plain(Problems.Codes.UnsupportedMediaType, 415),
        Plain(Problems.Codes.HeadersTooLarge, 431),
        Plain(Problems.Codes.InternalError, 500) with { Retryable = null },
    }.ToDictionary(static kind => kind.Code, StringComparer.Ordinal);

    /// <summary>Gets the row of a code of the contract, or null for a service's own code.</summary>
    public static ProblemKind? Find(string code) => _all.GetValueOrDefault(code);

    /// <summary>Gets the row that says no more than the status does.</summary>
    public static ProblemKind OfStatus(int status) =>
        _all.Values.FirstOrDefault(kind => kind.Status == status && kind.Type == Unspecific)
        ?? new($"http_{status}", status, TitleOf(status), Unspecific, Retryable: status is 429 or 503 ? true : status >= 500 ? null : false);

    /// <summary>Gets the type of a code that stands in no registry.</summary>
    public static string TypeOf(string code) => Find(code)?.Type ?? $"/problems/{code.Replace('_', '-')}";

    private static ProblemKind Own(string code, int status, string title, bool? retryable = false) =>
        new(code, status, title, $"/problems/{code.Replace('_', '-')}", retryable);

    private static ProblemKind Plain(string code, int status) => new(code, status, TitleOf(status), Unspecific);

    private static string TitleOf(int status) =>
        ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase
        : status == StatusCodes.Status499ClientClosedRequest ? "Client Closed Request"
        : "Error";
}
