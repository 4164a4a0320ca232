using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Journals;
using Lab.Shopping;
using Aspire.Hosting;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests;

/// <summary>One shop for many faults: each of them has to leave it as it found it, which is a test in itself.</summary>
public class ShopFixture : IAsyncLifetime
{
    private const int ConfirmedInARow = 20;
    private const int MostOrders = 2000;
    private const int MostRounds = 60;
    private const int Customers = 8;
    private const int OrdersOfEach = 25;
    private const double LoadRatio = 0.25;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private double? _capacity;
    private int _lines;

    public RunningShop Shop { get; private set; } = null!;

    /// <summary>Gets the AppHost's arguments; none by default.</summary>
    protected virtual string[] Args => [];

    public virtual async ValueTask InitializeAsync() => Shop = await RunningShop.StartAsync(TestContext.Current.CancellationToken, Args, Configure);

    /// <summary>Places orders until twenty in a row, of both replicas, are confirmed at once.</summary>
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
            var attempt = await client.PlaceAsync($"warm-up-{Guid.NewGuid():N}", [NextLine()], _patience, cancellationToken);
            inARow = attempt.Status == 201 ? inARow + 1 : 0;
            if (inARow == 0)
            {
                await Task.Delay(_pause, cancellationToken); // behind an open breaker orders are accepted as fast as they can be placed
            }
        }
    }

    /// <summary>Gets one unit of the next of four hundred products that no experiment counts: of one alone, all would be sold before the last experiment.</summary>
    /// <returns>What to order.</returns>
    public OrderedLine NextLine() => new($"SKU-{501 + (Interlocked.Increment(ref _lines) % 400):D4}", 1);

    /// <summary>Warms the shop up until inventory uses its cache, too: the breaker in front of that opens as well, and orders are confirmed without it.</summary>
    /// <param name="cancellationToken">Ends the warming up.</param>
    /// <returns>When it does.</returns>
    public async ValueTask WarmUpWithCacheAsync(CancellationToken cancellationToken)
    {
        for (var rounds = 0; rounds == 0 || !await IsCacheInUseAsync(cancellationToken); rounds++)
        {
            Assert.True(rounds < MostRounds, $"After {rounds} rounds of orders inventory still does without its cache.");
            await WarmUpAsync(cancellationToken);
        }
    }

    /// <summary>Warms the shop up, and says at what rate it is to be put under load: as asked, or a quarter of what it can take on this machine, if that is less.</summary>
    /// <remarks>What an experiment claims of times is a claim about faults, and not about how fast a machine is: where the load alone is all that it can take, nothing heals.</remarks>
    /// <param name="atMost">Orders a second.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Orders a second.</returns>
    public async Task<double> LoadAsync(double atMost, CancellationToken cancellationToken)
    {
        await WarmUpAsync(cancellationToken);
        _capacity ??= await MeasureCapacityAsync(cancellationToken);
        return Math.Min(atMost, _capacity.Value * LoadRatio);
    }

    // Of two rounds, the second: what the first one runs is still being compiled.
    private async Task<double> MeasureCapacityAsync(CancellationToken cancellationToken)
    {
        var took = TimeSpan.Zero;
        for (var round = 0; round < 2; round++)
        {
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Customers).Select(async customer =>
            {
                var client = new ShopClient(Shop.Gateway, $"capacity-{customer}", new Journal(), TimeProvider.System);
                for (var order = 0; order < OrdersOfEach; order++)
                {
                    var sku = $"SKU-{100 + (customer * OrdersOfEach) + order:D4}";
                    await client.PlaceAsync($"capacity-{Guid.NewGuid():N}", [new OrderedLine(sku, 1)], _patience, cancellationToken);
                }
            }));
            took = Stopwatch.GetElapsedTime(began);
        }

        return Customers * OrdersOfEach / took.TotalSeconds;
    }

    /// <summary>Changes what the AppHost described; nothing by default.</summary>
    /// <param name="builder">The AppHost's.</param>
    protected virtual void Configure(IDistributedApplicationBuilder builder)
    {
    }

    private async Task<bool> IsCacheInUseAsync(CancellationToken cancellationToken)
    {
        var pipelines = await Shop.Inventory.GetFromJsonAsync<JsonElement>("/resilience", cancellationToken);
        var cache = pipelines.EnumerateArray().Single(static pipeline => pipeline.GetProperty("name").GetString() == "inventory-cache");
        return cache.GetProperty("strategies")[0].GetProperty("state").GetProperty("state").GetString() == "closed";
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Shop?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ShopGroup : ICollectionFixture<ShopFixture>
{
    public const string Name = "shop";
}
