using Microsoft.Extensions.DependencyInjection;
using Resilience.Attributes;
using Resilience.Pipelines;
using Resilience.Retries;
using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>The example that the pages about attributes quote.</summary>
public sealed class AttributeExampleTests
{
    [CircuitBreaker(FailureRatio = 0.4, BreakDuration = "5s")]
    public interface IStock
    {
        [Timeout("2s", PerAttempt = "500ms")]
        [Retry(2, Delay = "50ms", Backoff = BackoffKind.Fibonacci)]
        [Bulkhead(16, MaxQueue = 32)]
        [Fallback(nameof(LastKnownAsync))]
        Task<int> CountAsync(string sku, CancellationToken cancellationToken);

        [Unprotected]
        Task<int> LastKnownAsync(Exception failure, string sku, CancellationToken cancellationToken);
    }

    [Fact]
    public async Task The_example_does_what_it_says()
    {
        var services = new ServiceCollection();

        services.AddResilient<IStock, Stock>();

        await using var provider = services.BuildServiceProvider();
        Assert.Equal(3, await provider.GetRequiredService<IStock>().CountAsync("tea", TestContext.Current.CancellationToken));
        Assert.Equal(-1, await provider.GetRequiredService<IStock>().CountAsync("", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_pipelines_are_in_the_catalogue_with_options_and_state()
    {
        await using var provider = new ServiceCollection().AddSingleton<ResilienceCatalogue>().AddResilient<IStock, Stock>().BuildServiceProvider();
        _ = provider.GetRequiredService<IStock>();

        var count = Assert.Single(provider.GetRequiredService<ResilienceCatalogue>().Describe(), static pipeline => pipeline.Name == "IStock.CountAsync");
        Assert.Equal(["timeout", "retry", "circuit-breaker", "bulkhead", "timeout"], count.Strategies.Select(static strategy => strategy.Kind));
        Assert.Equal(0.4, count.Strategies[2].Options["failureRatio"]);
        Assert.Equal("closed", count.Strategies[2].State["state"]);
    }

    [Fact]
    public async Task Without_a_container_a_decorator_is_built_by_hand()
    {
        IStock stock = new ResilientAttributeExampleTests_Stock(new Stock(), new(new ProtectionContext()));

        Assert.Equal(3, await stock.CountAsync("tea", TestContext.Current.CancellationToken));
    }

    private sealed class Stock : IStock
    {
        public Task<int> CountAsync(string sku, CancellationToken cancellationToken) =>
            sku.Length == 0 ? throw new ArgumentException("No SKU.", nameof(sku)) : Task.FromResult(sku.Length);

        public Task<int> LastKnownAsync(Exception failure, string sku, CancellationToken cancellationToken) => Task.FromResult(-1);
    }
}
