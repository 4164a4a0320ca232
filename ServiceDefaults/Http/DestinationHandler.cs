using Resilience.Deadlines;
using Resilience.Retries;
using ServiceDefaults.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The innermost handler: one attempt at one destination, which learns how long its answer is waited for and which attempt this is.</summary>
/// <param name="pipelines">Guard the attempts of the client.</param>
/// <param name="dependency">What to call the destination in errors; null where an outer handler knows.</param>
internal sealed class DestinationHandler(HttpClientPipelines pipelines, string? dependency = null) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Announce(request);
        var pipeline = pipelines.At(request.RequestUri?.Authority ?? "");
        try
        {
            return await pipeline.ExecuteAsync(
                static async (call, token) => await call.Handler.SendOnAsync(call.Request, token), (Handler: this, Request: request), cancellationToken);
        }
        catch (Exception failure)
        {
            Dependency.Name(failure, dependency);
            throw;
        }
    }

    private Task<HttpResponseMessage> SendOnAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        base.SendAsync(request, cancellationToken);

    private void Announce(HttpRequestMessage request)
    {
        var left = pipelines.Options.AttemptTimeout;
        request.Options.TryGetValue(HttpExtensions.Resends, out var resends);
        HopHeaders.Announce(request, Deadline.Current?.Bound(left) ?? left, Math.Max(AttemptCount.Current, resends + 1));
    }
}
