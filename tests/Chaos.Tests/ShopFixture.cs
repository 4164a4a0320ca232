using System.Net.Http.Json;
using System.Text.Json;
using Lab.Journals;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests;

/// <summary>One shop for all faults: each of them has to leave it as it found it, which is a test in itself.</summary>
public sealed class ShopFixture : IAsyncLifetime
{
    private const int ConfirmedInARow = 20;
    private const int MostOrders = 2000;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public RunningShop Shop { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Shop = await RunningShop.StartAsync(TestContext.Current.CancellationToken);

    /// <summary>Places orders until twenty in a row, of both replicas, are confirmed at once, and inventory uses its cache.</summary>
    /// <remarks>
    /// Comes before all that claims what one order gets: a shop that has only just started compiles its code yet, and one that the fault before has only
    /// just left lets orders through to inventory by and by, and accepts the others.
    /// </remarks>
    /// <param name="cancellationToken">Ends the warming up.</param>
    /// <returns>When the shop is warm.</returns>
    public async ValueTask WarmUpAsync(CancellationToken cancellationToken)
    {
        var client = new ShopClient(Shop.Gateway, "warm-up", new Journal(), TimeProvider.System);
        for (var (inARow, all) = (0, 0); inARow < ConfirmedInARow; all++)
        {
            Assert.True(all < MostOrders, $"After {all} orders there have never been {ConfirmedInARow} in a row that inventory confirmed at once.");
            var attempt = await client.PlaceAsync($"warm-up-{Guid.NewGuid():N}", [new OrderedLine("SKU-0041", 1)], _patience, cancellationToken);
            inARow = attempt.Status == 201 && await IsCacheInUseAsync(cancellationToken) ? inARow + 1 : 0;
        }
    }

    // Its breaker opens as well, and orders are confirmed without it.
    private async Task<bool> IsCacheInUseAsync(CancellationToken cancellationToken)
    {
        var pipelines = await Shop.Inventory.GetFromJsonAsync<JsonElement>("/resilience", cancellationToken);
        var cache = pipelines.EnumerateArray().Single(static pipeline => pipeline.GetProperty("name").GetString() == "inventory-cache");
        return cache.GetProperty("strategies")[0].GetProperty("state").GetProperty("state").GetString() == "closed";
    }

    public ValueTask DisposeAsync() => Shop?.DisposeAsync() ?? ValueTask.CompletedTask;
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ShopGroup : ICollectionFixture<ShopFixture>
{
    public const string Name = "shop";
}
