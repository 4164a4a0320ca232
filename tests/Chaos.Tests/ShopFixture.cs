using Shop.Testing;
using Xunit;

namespace Chaos.Tests;

/// <summary>One shop for all faults: each of them has to leave it as it found it, which is a test in itself.</summary>
public sealed class ShopFixture : IAsyncLifetime
{
    public RunningShop Shop { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Shop = await RunningShop.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Shop?.DisposeAsync() ?? ValueTask.CompletedTask;
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ShopGroup : ICollectionFixture<ShopFixture>
{
    public const string Name = "shop";
}
