using System.Diagnostics;
using Chaos.Tests.Faults;
using Lab.Journals;
using Lab.Shopping;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Xunit;

namespace Chaos.Tests;

/// <summary>A shop whose edges lead through the fault proxy, for all faults of the network. Orders shows its metrics besides.</summary>
public sealed class ProxiedShopFixture : ShopFixture
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15); // longer than the gateway's deadline
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets the proxy.</summary>
    public HttpClient Faults { get; private set; } = null!;

    /// <inheritdoc />
    protected override string[] Args => ["--Faults:Proxy=true"];

    /// <inheritdoc />
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Faults = Shop.ConnectTo("faultproxy");
    }

    /// <summary>Ends what an experiment that failed may have left, and warms the shop up.</summary>
    /// <param name="cancellationToken">Ends the warming up.</param>
    /// <returns>When every fault is gone, and orders are confirmed at once, with the cache in use.</returns>
    public async Task MendAsync(CancellationToken cancellationToken)
    {
        await Faults.ResetFaultsAsync();
        await WarmUpWithCacheAsync(cancellationToken);
    }

    /// <summary>Gets a flow of orders for up to three of forty products.</summary>
    /// <param name="seed">Names its customer and fixes its chance.</param>
    /// <param name="journal">Where it is written.</param>
    /// <returns>The flow.</returns>
    public OrderFlow FlowOf(int seed, Journal journal) => new(
        new(Shop.Gateway, $"chaos-customer-{seed}", journal, TimeProvider.System),
        [.. Enumerable.Range(1, 40).Select(static number => $"SKU-{number:D4}")],
        seed,
        TimeProvider.System);

    /// <summary>Places orders one after another.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long the middle one took.</returns>
    public async Task<TimeSpan> MedianOfAsync(int count, CancellationToken cancellationToken)
    {
        var journal = new Journal();
        var client = new ShopClient(Shop.Gateway, "median", journal, TimeProvider.System);
        for (var order = 0; order < count; order++)
        {
            await client.PlaceAsync($"median-{Guid.NewGuid():N}", [NextLine()], _patience, cancellationToken);
        }

        return MedianOf(journal.Entries);
    }

    /// <summary>Gets how long the middle one of some attempts took.</summary>
    /// <param name="attempts">One at least.</param>
    /// <returns>The median.</returns>
    public static TimeSpan MedianOf(IEnumerable<JournalEntry> attempts)
    {
        var times = attempts.Select(static attempt => attempt.T1 - attempt.T0).Order().ToList();
        return times[times.Count / 2];
    }

    /// <summary>Places orders, ever a new one, until inventory confirms one at once: breakers find out from calls.</summary>
    /// <param name="within">How long that may take at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> ConfirmedAgainAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var client = new ShopClient(Shop.Gateway, "first-again", new Journal(), TimeProvider.System);
        var began = Stopwatch.GetTimestamp();
        while ((await client.PlaceAsync($"first-again-{Guid.NewGuid():N}", [NextLine()], _patience, cancellationToken)).Status != 201)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < within, $"No order was confirmed at once within {within}.");
            await Task.Delay(_pace, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync()
    {
        Faults?.Dispose();
        return base.DisposeAsync();
    }

    /// <inheritdoc />
    protected override void Configure(IDistributedApplicationBuilder builder) =>
        builder.CreateResourceBuilder<ProjectResource>("orders").WithEnvironment("ServiceDefaults__Metrics__Prometheus", "true");
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProxiedShopGroup : ICollectionFixture<ProxiedShopFixture>
{
    public const string Name = "shop behind the fault proxy";
}
