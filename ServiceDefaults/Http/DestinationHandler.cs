using Resilience.Deadlines;
using Resilience.Retries;
using ServiceDefaults.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The innermost handler: one attempt at one destination, which learns how long its answer is waited for and which attempt this is.</summary>
/// <param name="pipelines">Guard the attempts of the client.</param>
/// <param name="dependency">What to call the destination in errors; null where an outer handler knows.</param>
internal sealed class DestinationHandler(HttpClientPipelines pipelines, string? dependency = null) : PipelineHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => request is ProbeRequest
        ? base.SendAsync(request, cancellationToken)
        : ExecuteAsync(pipelines.At(request.RequestUri), new(this, request, AttemptCount.Current, dependency), cancellationToken);

    protected override void Prepare(in Call call)
    {
        var left = pipelines.Options.AttemptTimeout;
        HopHeaders.Announce(call.Request, Deadline.Current?.Bound(left) ?? left, call.Attempt);
    }
}
