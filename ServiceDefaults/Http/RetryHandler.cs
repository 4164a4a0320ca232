using Polly;
using Resilience.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The outermost handler: one call with all its attempts.</summary>
internal sealed class RetryHandler(HttpClientPipelines pipelines) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Deadline.Current?.ThrowIfExpired();

        var dependency = request.RequestUri?.Host; // before service discovery: the service's name
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(HttpClientPipelines.Request, request);
        var attempts = new Attempts(base.SendAsync, request);
        try
        {
            return await pipelines.Around.ExecuteAsync(static (context, attempts) => attempts.NextAsync(context.CancellationToken), context, attempts);
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
