using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ServiceDefaults.Problems;

#pragma warning disable MA0049 // The contract is read as Problems.NotFound and Problems.Codes.NotFound; its parts live beside it.
/// <summary>Every error that an endpoint answers with, as RFC 9457 problem details.</summary>
/// <remarks>Each carries <c>code</c>, <c>retryable</c> and <c>traceId</c>, and a type that never changes. Clients switch on the code.</remarks>
public static class Problems
#pragma warning restore MA0049
{
    /// <summary>The stable codes of the HTTP contract. A service adds its own with <see cref="Of(int, string, string, string, bool, IDictionary{string, object?}?)"/>.</summary>
    public static class Codes
    {
        /// <summary>400: what was sent can't be read.</summary>
        public const string BadRequest = "bad_request";

        /// <summary>400: what was sent was read and isn't allowed; <c>errors</c> says which field and why.</summary>
        public const string Validation = "validation";

        /// <summary>400: the request must carry an <c>Idempotency-Key</c>.</summary>
        public const string IdempotencyKeyRequired = "idempotency_key_required";

        /// <summary>404: there is no such thing, or it isn't the client's.</summary>
        public const string NotFound = "not_found";

        /// <summary>405: the route exists for other methods.</summary>
        public const string MethodNotAllowed = "method_not_allowed";

        /// <summary>409: there is less in stock than asked for.</summary>
        public const string InsufficientStock = "insufficient_stock";

        /// <summary>409: another request under the same key is being worked on.</summary>
        public const string IdempotencyInProgress = "idempotency_in_progress";

        /// <summary>413: the body is too large.</summary>
        public const string PayloadTooLarge = "payload_too_large";

        /// <summary>414: the URL is too long.</summary>
        public const string UriTooLong = "uri_too_long";

        /// <summary>415: the body is of a kind that isn't read.</summary>
        public const string UnsupportedMediaType = "unsupported_media_type";

        /// <summary>422: the key was used for another request.</summary>
        public const string IdempotencyKeyReused = "idempotency_key_reused";

        /// <summary>429: the client's own quota is spent.</summary>
        public const string QuotaExceeded = "quota_exceeded";

        /// <summary>431: the headers are too large.</summary>
        public const string HeadersTooLarge = "headers_too_large";

        /// <summary>500: a fault of the service.</summary>
        public const string InternalError = "internal_error";

        /// <summary>502: what is behind this service can't be reached, or answered nonsense.</summary>
        public const string BadGateway = "bad_gateway";

        /// <summary>503: a dependency is known to be away; <c>dependency</c> names it.</summary>
        public const string DependencyUnavailable = "dependency_unavailable";

        /// <summary>503: the service is overloaded and refused at once.</summary>
        public const string ReducedCapacity = "temporary_reduced_capacity";

        /// <summary>504: the time that the caller gave is over.</summary>
        public const string DeadlineExceeded = "deadline_exceeded";
    }

    /// <summary>404.</summary>
    /// <param name="detail">What there isn't.</param>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult NotFound(string detail) => Of(Codes.NotFound, detail);

    /// <summary>400, naming the fields.</summary>
    /// <param name="errors">What is wrong, by field, in the client's spelling (<c>lines[0].quantity</c>).</param>
    /// <param name="extensions">More members for programs to read.</param>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult Validation(IDictionary<string, string[]> errors, IDictionary<string, object?>? extensions = null)
    {
        ArgumentNullException.ThrowIfNull(errors);

        return Of(
            Codes.Validation,
            errors.Count == 1 ? errors.First().Value.FirstOrDefault() ?? "" : $"{errors.Count} fields aren't valid; 'errors' names them.",
            new Dictionary<string, object?>(extensions ?? new Dictionary<string, object?>(), StringComparer.Ordinal) { ["errors"] = errors });
    }

    /// <summary>409: less in stock than asked for.</summary>
    /// <param name="sku">The product.</param>
    /// <param name="available">How many can be had.</param>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult InsufficientStock(string sku, long available) => Of(
        Codes.InsufficientStock,
        $"Of {sku}, {available} can be had.",
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["sku"] = sku, ["available"] = available });

    /// <summary>400: the request may be repeated by a network, so it must carry a key.</summary>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult IdempotencyKeyRequired() => Of(
        Codes.IdempotencyKeyRequired,
        "Send an Idempotency-Key header: 16 to 64 letters, digits, hyphens or underscores, a new one for each order and the same for each repetition.");

    /// <summary>409: the first request under the key hasn't been answered.</summary>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult IdempotencyInProgress() => Of(
        Codes.IdempotencyInProgress, "A request under this Idempotency-Key is being worked on. Send the same request again in a second.");

    /// <summary>422: the key stands for something else.</summary>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult IdempotencyKeyReused() => Of(
        Codes.IdempotencyKeyReused, "This Idempotency-Key was used with another body. Send the same body, or choose a new key.");

    /// <summary>429: the client has used up what it may ask for. Set <c>Retry-After</c> and the <c>RateLimit</c> headers beside it.</summary>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult QuotaExceeded() => Of(
        Codes.QuotaExceeded, "This client's quota is spent. Come back after the time in Retry-After.");

    /// <summary>503: refused at once, for want of capacity. Set <c>Retry-After</c> with <see cref="RetryAfter.SetJittered"/> beside it.</summary>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult ReducedCapacity() => Of(
        Codes.ReducedCapacity, "There is too much to do at the moment. Come back after the time in Retry-After.");

    /// <summary>A problem of a service's own.</summary>
    /// <param name="status">The HTTP status, from 400 to 599.</param>
    /// <param name="code">The stable snake_case name; the type is <c>/problems/</c> and the code in kebab-case.</param>
    /// <param name="title">A few words, the same every time.</param>
    /// <param name="detail">What happened, with which value, and what to do.</param>
    /// <param name="retryable">Whether the same request may succeed later.</param>
    /// <param name="extensions">More members for programs to read.</param>
    /// <returns>The answer.</returns>
    public static ProblemHttpResult Of(
        int status, string code, string title, string detail, bool retryable = false, IDictionary<string, object?>? extensions = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 400);
        ArgumentException.ThrowIfNullOrEmpty(code);

        return TypedResults.Problem(Details(new(code, status, title, ProblemKind.TypeOf(code), retryable), detail, extensions));
    }

    /// <summary>The body for a row of the contract.</summary>
    internal static ProblemDetails Details(ProblemKind kind, string? detail, IDictionary<string, object?>? extensions = null)
    {
        var problem = new ProblemDetails { Status = kind.Status, Type = kind.Type, Title = kind.Title, Detail = detail };
        foreach (var (name, value) in extensions ?? new Dictionary<string, object?>())
        {
            problem.Extensions[name] = value;
        }

        problem.Extensions["code"] = kind.Code;
        if (kind.Retryable is { } retryable)
        {
            problem.Extensions["retryable"] = retryable; // else the writer looks at the request
        }

        if (Activity.Current is { } activity)
        {
            problem.Extensions["traceId"] = activity.TraceId.ToString();
        }

        return problem;
    }

    private static ProblemHttpResult Of(string code, string detail, IDictionary<string, object?>? extensions = null) =>
        TypedResults.Problem(Details(ProblemKind.Find(code)!, detail, extensions));
}
