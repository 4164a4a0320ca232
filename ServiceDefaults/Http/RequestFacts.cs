using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults.Http;

/// <summary>What decides about repeating a request and about blaming its destination.</summary>
internal static class RequestFacts
{
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>Gets whether sending the request a second time does no harm, and its body is still there to send.</summary>
    public static bool IsRepeatable(HttpRequestMessage request) => IsIdempotent(request) && HasKeptBody(request);

    /// <summary>Gets whether sending the request a second time while the first is under way does no harm: it only reads, or carries a key. Two writes at a time need more than to be idempotent.</summary>
    public static bool MayRunTwiceAtOnce(HttpRequestMessage request) => (IsSafe(request) || request.Headers.Contains(IdempotencyKey)) && HasKeptBody(request);

    /// <summary>Gets whether the answer says that another attempt may succeed.</summary>
    public static bool IsTransient(HttpResponseMessage response) => response.StatusCode
        is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>Gets whether the destination refused on purpose. That doesn't say that it is broken: it says that it is well enough to protect itself.</summary>
    public static bool IsRefusal(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.TooManyRequests => true,
        HttpStatusCode.ServiceUnavailable => response.Headers.RetryAfter is not null, // who refuses on purpose says when to come back
        _ => false,
    };

    /// <summary>Gets whether the destination failed, given that it didn't refuse.</summary>
    public static bool IsDestinationAtFault(HttpResponseMessage response) => response.StatusCode
        is HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>Gets whether sending failed because the body could not be read from whoever sent it to us: not the destination's fault.</summary>
    public static bool IsSenderAtFault(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is BadHttpRequestException or ConnectionResetException or ConnectionAbortedException)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gets how long the answer asks to wait; null when it doesn't, or asks for a time that is over.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage? response, DateTimeOffset now) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } when delta > TimeSpan.Zero => delta,
        { Date: { } date } when date > now => date - now,
        _ => null,
    };

    private static bool IsSafe(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options || request.Method == HttpMethod.Trace;

    private static bool IsIdempotent(HttpRequestMessage request) =>
        IsSafe(request) || request.Method == HttpMethod.Put || request.Method == HttpMethod.Delete || request.Headers.Contains(IdempotencyKey);

    // A stream is gone after the first attempt.
    private static bool HasKeptBody(HttpRequestMessage request) => request.Content is null or ByteArrayContent or JsonContent or ReadOnlyMemoryContent;
}
