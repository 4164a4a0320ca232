using Polly.CircuitBreaker;
using Polly.Timeout;
using Resilience.Deadlines;
using Resilience.Retries;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>Sends a request that one replica left unanswered to another, once, where that can't do anything twice.</summary>
/// <remarks>
/// Any request whose connection couldn't be made, or that the breaker held back, was never sent. One that was sent is repeated only if it
/// reads, and nothing of the answer has gone on to the client yet. The orders service repeats writes itself, under the order's id.
/// </remarks>
internal static class AnotherReplica
{
    private static readonly object _resends = new();

    /// <summary>Gets how often the request was sent before.</summary>
    public static int ResendsOf(HttpContext context) => context.Items.TryGetValue(_resends, out var count) ? (int)count! : 0;

    public static async Task TryAsync(HttpContext context, Func<Task> next)
    {
        await next();

        var proxy = context.GetReverseProxyFeature();
        if (context.GetForwarderErrorFeature()?.Exception is not { } failure
            || context.Response.HasStarted
            || context.RequestAborted.IsCancellationRequested
            || !(WasNeverSent(failure) || (OnlyReads(context.Request) && failure is HttpRequestException or IOException or TimeoutRejectedException))
            || Deadline.Current is { IsExpired: true })
        {
            return;
        }

        var others = proxy.AllDestinations.Where(destination => destination != proxy.ProxiedDestination).ToArray();
        var well = Array.FindAll(others, static destination => destination.Health.Active != DestinationHealth.Unhealthy);
        if (others.Length == 0)
        {
            return;
        }

        context.Items[_resends] = ResendsOf(context) + 1;
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.Clear();
        proxy.AvailableDestinations = well.Length > 0 ? well : others;
        using var attempt = AttemptCount.Begin(AttemptCount.Current + 1);
        await next();
    }

    private static bool WasNeverSent(Exception failure) =>
        failure is BrokenCircuitException
            or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };

    private static bool OnlyReads(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}
