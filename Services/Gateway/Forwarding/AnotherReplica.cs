using System.Net;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Resilience.Deadlines;
using Resilience.Retries;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>Sends a request that one replica left unanswered again, once, where that can't do anything twice.</summary>
/// <remarks>
/// Any request whose connection couldn't be made, or that the breaker held back, was never sent: it goes to another replica. One whose connection broke is
/// repeated if it reads or carries an <c>Idempotency-Key</c>, and nothing of the answer has gone on to the client yet: a replica that stops closes connections
/// on which a request may just be on its way (RFC 9110 §9.2.2). Without another replica it goes to the same address, behind which there may be several.
/// </remarks>
internal static class AnotherReplica
{
    private const int MostKept = 64 * 1024; // bytes of a body that are kept in memory for a second sending: as much as is accepted
    private static readonly object _resends = new();

    /// <summary>Gets how often the request was sent before.</summary>
    public static int ResendsOf(HttpContext context) => context.Items.TryGetValue(_resends, out var count) ? (int)count! : 0;

    /// <summary>Gets whether an answer only says that the first sending is still at work: the client is told of the broken connection instead.</summary>
    public static bool IsStillAtWork(HttpContext context, HttpResponseMessage? answer) =>
        ResendsOf(context) > 0 && IsKeyed(context.Request) && answer?.StatusCode == HttpStatusCode.Conflict;

    public static async Task TryAsync(HttpContext context, Func<Task> next)
    {
        if (IsKeyed(context.Request))
        {
            context.Request.EnableBuffering(MostKept);
        }

        await next();

        var proxy = context.GetReverseProxyFeature();
        if (context.GetForwarderErrorFeature() is not { Exception: { } failure } error
            || context.Response.HasStarted
            || context.RequestAborted.IsCancellationRequested
            || Deadline.Current is { IsExpired: true }
            || DestinationsFor(context, error.Error, failure, proxy) is not { Length: > 0 } destinations)
        {
            return;
        }

        if (IsKeyed(context.Request))
        {
            context.Request.Body.Position = 0;
        }

        context.Items[_resends] = ResendsOf(context) + 1;
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.Clear();
        proxy.AvailableDestinations = destinations;
        using var attempt = AttemptCount.Begin(AttemptCount.Current + 1);
        await next();
        if (!context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status409Conflict)
        {
            context.Features.Set(error); // see IsStillAtWork
        }
    }

    // None: it is not sent again.
    private static DestinationState[] DestinationsFor(HttpContext context, ForwarderError error, Exception failure, IReverseProxyFeature proxy)
    {
        var reads = OnlyReads(context.Request);
        var goesElsewhere = WasNeverSent(failure) || (reads && failure is TimeoutRejectedException);
        var isRepeated = HasBroken(error, failure) && (reads || IsKeyed(context.Request));
        if (!goesElsewhere && !isRepeated)
        {
            return [];
        }

        var others = proxy.AllDestinations.Where(destination => destination != proxy.ProxiedDestination).ToArray();
        if (others.Length == 0)
        {
            return goesElsewhere ? [] : [proxy.ProxiedDestination!];
        }

        var well = Array.FindAll(others, static destination => destination.Health.Active != DestinationHealth.Unhealthy);
        return well.Length > 0 ? well : others;
    }

    private static bool HasBroken(ForwarderError error, Exception failure) =>
        failure is HttpRequestException or IOException
        && error is ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseBodyDestination;

    private static bool WasNeverSent(Exception failure) =>
        failure is BrokenCircuitException
            or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };

    private static bool OnlyReads(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static bool IsKeyed(HttpRequest request) => request.Headers.ContainsKey("Idempotency-Key");
}
