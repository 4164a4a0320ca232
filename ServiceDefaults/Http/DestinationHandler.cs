using System.Diagnostics;
using Polly;
using Resilience.Deadlines;
using Resilience.Retries;
using ServiceDefaults.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The innermost handler: one attempt at one destination, which learns how long its answer is waited for and which attempt this is.</summary>
/// <param name="pipelines">Guard the attempts of the client.</param>
/// <param name="dependency">What to call the destination in errors; null where an outer handler knows.</param>
internal sealed class DestinationHandler(HttpClientPipelines pipelines, string? dependency = null) : PipelineHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request is ProbeRequest ? base.SendAsync(request, cancellationToken)
        : Activity.Current is { IsAllDataRequested: true } ? TraceAsync(request, cancellationToken)
        : AttemptAsync(request, cancellationToken);

    protected override void Prepare(in Call call, ResilienceContext context)
    {
        var left = pipelines.Options.AttemptTimeout;
        left = Deadline.Current?.Bound(left) ?? left;
        AttemptSpan.Of(call.Request)?.Sent(left, context.CancellationToken);
        HopHeaders.Announce(call.Request, left, call.Attempt);
    }

    private Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        ExecuteAsync(pipelines.At(request.RequestUri), new(this, request, AttemptCount.Current, dependency), cancellationToken);

    private async Task<HttpResponseMessage> TraceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var span = AttemptSpan.Begin(request, pipelines.UtcNow, cancellationToken);
        try
        {
            var response = await AttemptAsync(request, cancellationToken);
            span.Ended(response, failure: null);
            return response;
        }
        catch (Exception failure)
        {
            span.Ended(response: null, failure);
            throw;
        }
    }
}
