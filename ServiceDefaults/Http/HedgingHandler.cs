using Resilience.Retries;

namespace ServiceDefaults.Http;

/// <summary>Inside the retry and outside service discovery, so that a second sending may go to another replica. Off unless <see cref="HttpResilienceOptions.HedgeAfter"/> is set.</summary>
/// <param name="pipelines">Of the client.</param>
internal sealed class HedgingHandler(HttpClientPipelines pipelines) : DelegatingHandler
{
    // What is being repeated already, here or further up, isn't sent twice on top of that.
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        pipelines.Options.HedgeAfter > TimeSpan.Zero && !AttemptCount.IsRetry && RequestFacts.MayRunTwiceAtOnce(request)
            ? pipelines.Hedging.SendAsync(request, base.SendAsync, cancellationToken)
            : base.SendAsync(request, cancellationToken);
}
