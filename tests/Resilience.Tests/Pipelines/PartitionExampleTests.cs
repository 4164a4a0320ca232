using Polly;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Tests.Pipelines;

/// <summary>The code that the folder's page quotes.</summary>
public sealed class PartitionExampleTests
{
    private static readonly ResiliencePropertyKey<string> _destination = new("destination");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_pipeline_with_a_breaker_for_each_destination()
    {
        var breakers = new PartitionedPipelines<string, CircuitBreaker>(
            "inventory",
            create: static _ => new("inventory", new() { ConsecutiveFailures = 5 }),
            overflow: static () => new("inventory", new() { ConsecutiveFailures = 5 }),
            new() { Capacity = 1000 });
        var pipeline = new ResiliencePipelineBuilder()
            .AddAdvancedCircuitBreaker(context => breakers.Get(context.Properties.GetValue(_destination, "")))
            .Build();

        for (var call = 0; call < 5; call++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(pipeline, "b", static () => throw new HttpRequestException()));
        }

        await Assert.ThrowsAsync<CircuitBreakerRejectedException>(() => CallAsync(pipeline, "b", static () => { }));
        await CallAsync(pipeline, "a", static () => { });
        Assert.Equal(2, breakers.Count);
    }

    [Fact]
    public void A_pipeline_that_says_what_is_in_it()
    {
        var breaker = new CircuitBreaker("inventory", new());
        var catalogue = new ResilienceCatalogue();

        catalogue.Add("orders-inventory", CatalogueEntry.For(breaker));
        var pipelines = catalogue.Describe(); // plain data: names, options and states

        Assert.Equal("closed", pipelines[0].Strategies[0].State["state"]);
    }

    [Fact]
    public void Times_that_must_fit()
    {
        var budget = new TimeBudget
        {
            Pipeline = "orders-inventory",
            Total = new("Resilience:Clients:inventory:Total:Timeout", TimeSpan.FromSeconds(2)),
            AttemptTimeout = new("Resilience:Clients:inventory:Attempt:Timeout", TimeSpan.FromMilliseconds(500)),
            MaxRetryAttempts = new("Resilience:Clients:inventory:Retry:MaxRetryAttempts", 2),
            Delays = new("Resilience:Clients:inventory:Retry:MaxDelay", TimeBudget.LongestDelays(2, static _ => TimeSpan.FromMilliseconds(200))),
        };

        budget.EnsureFits(); // 3 × 500 ms + 2 × 200 ms = 1.9 s

        Assert.Equal(TimeSpan.FromSeconds(1.9), budget.Needed);
    }

    private static async Task CallAsync(ResiliencePipeline pipeline, string destination, Action call)
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken);
        context.Properties.Set(_destination, destination);
        try
        {
            await pipeline.ExecuteAsync(
                _ =>
                {
                    call();
                    return default;
                },
                context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
