using Polly;
using Resilience.Deadlines;
using Resilience.Retries;

namespace ServiceDefaults.Http;

/// <summary>The outermost handler: one call with all its attempts.</summary>
internal sealed class RetryHandler(HttpClientPipelines pipelines) : PipelineHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Deadline.Current?.ThrowIfExpired();
        var dependency = request.RequestUri?.Host; // before service discovery: the service's name
        return ExecuteAsync(pipelines.Around, new(this, request, AttemptCount.Current, dependency), cancellationToken);
    }

    protected override void Prepare(in Call call, ResilienceContext context)
    {
        var resends = AttemptCount.Current - call.Attempt;
        if (resends > 0)
        {
            call.Request.Options.Set(HttpExtensions.Resends, resends);
            call.Request.Options.Set(AttemptSpan.RetryPause, context.Properties.GetValue(RetryContext.Pause, TimeSpan.Zero));
        }
    }
}
