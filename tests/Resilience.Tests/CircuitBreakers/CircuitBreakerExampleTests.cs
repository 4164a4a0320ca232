using System.Net;
using Polly;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>The code that the pattern's page quotes.</summary>
public sealed class CircuitBreakerExampleTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipeline_for_http_replies()
    {
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = "inventory" }
            .AddAdvancedCircuitBreaker(new CircuitBreakerOptions<HttpResponseMessage>
            {
                FailureRatio = 0.5,
                SlowCallThreshold = TimeSpan.FromSeconds(1),
                Classify = static outcome => outcome.Result switch
                {
                    { Headers.RetryAfter: { } after } => CallVerdict.Throttled(after.Delta),
                    { StatusCode: >= HttpStatusCode.InternalServerError } => CallVerdict.Failure,
                    { } => CallVerdict.Success,
                    null => CallVerdict.Failure,
                },
            })
            .Build();

        using var reply = await pipeline.ExecuteAsync(static _ => ValueTask.FromResult(new HttpResponseMessage(HttpStatusCode.OK)), CancellationToken);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task A_breaker_that_stands_alone()
    {
        var breaker = new CircuitBreaker("inventory", new() { ConsecutiveFailures = 5 });

        var stock = await breaker.ExecuteAsync(static (sku, token) => CountAsync(sku, token), "tea", CancellationToken);

        Assert.Equal(3, stock);
        breaker.Isolate(); // maintenance: refuse everything
        breaker.Close();
        Assert.Equal(BreakerState.Closed, breaker.Snapshot().State);
    }

    private static ValueTask<int> CountAsync(string sku, CancellationToken cancellationToken) => ValueTask.FromResult(sku.Length);
}
