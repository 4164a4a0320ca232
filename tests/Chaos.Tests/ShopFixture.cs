using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Lab.Running;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests;

/// <summary>One shop for all experiments: each of them has to leave it as it found it, which is a test in itself.</summary>
/// <remarks>Its edges lead through the fault proxy, which passes everything on as long as no fault is set.</remarks>
public sealed class ShopFixture : IAsyncLifetime
{
    /// <summary>Gets the shop.</summary>
    public RunningShop Shop { get; private set; } = null!;

    /// <summary>Gets what runs experiments on it.</summary>
    public ExperimentRunner Runner { get; private set; } = null!;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        Shop = await RunningShop.StartAsync(TestContext.Current.CancellationToken, ["--Faults:Proxy=true"], static builder =>
            builder.CreateResourceBuilder<ProjectResource>("orders").WithEnvironment("ServiceDefaults__Metrics__Prometheus", "true"));
        Runner = new(Shop, TimeProvider.System);
    }

    /// <summary>Waits until the shop is in a steady state.</summary>
    /// <param name="steadyState">The state.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is.</returns>
    public async ValueTask UntilAsync(SteadyState steadyState, CancellationToken cancellationToken) =>
        Assert.All(await Runner.WaitForAsync(steadyState, cancellationToken), static result => Assert.True(result.Holds, result.ToString()));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Shop?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The tests that share one shop, one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ShopGroup : ICollectionFixture<ShopFixture>
{
    /// <summary>The group's name.</summary>
    public const string Name = "shop";
}
