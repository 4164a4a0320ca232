using Polly;
using ServiceDefaults.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The outermost handler: one call with all its attempts.</summary>
internal sealed class RetryHandler(HttpPipelines pipelines, string client) : DelegatingHandler
{
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline = pipelines.Around(client);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Deadline.Current is { IsOver: true } deadline)
        {
            throw new DeadlineExceededException(deadline.Budget, deadline.Elapsed);
        }

        var dependency = request.RequestUri?.Host; // before service discovery: the service's name
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(HttpPipelines.Request, request);
        var attempts = new Attempts(base.SendAsync, request);
        try
        {
            return await _pipeline.ExecuteAsync(static (context, attempts) => attempts.NextAsync(context.CancellationToken), context, attempts);
        }
        catch (Exception failure)
        {
            Dependency.Name(failure, dependency);
            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private sealed class Attempts(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, HttpRequestMessage request)
    {
        private int _sent;

        public async ValueTask<HttpResponseMessage> NextAsync(CancellationToken cancellationToken)
        {
            request.Options.Set(HttpExtensions.Resends, _sent++);
            return await send(request, cancellationToken);
        }
    }
}
