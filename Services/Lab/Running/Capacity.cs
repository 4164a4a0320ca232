using System.Globalization;
using Lab.Journals;
using Lab.Shopping;

namespace Lab.Running;

/// <summary>Measures how many orders a second a shop can take on this machine.</summary>
/// <remarks>An experiment claims something of faults, and not of how fast a machine is: under a load that takes all of a machine, nothing heals.</remarks>
internal static class Capacity
{
    private const int Rounds = 2; // the second one counts: what the first one runs is still being compiled
    private const int Customers = 8;
    private const int OrdersOfEach = 25;
    private const int FirstProduct = 100;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public static async Task<double> MeasureAsync(IShop shop, TimeProvider clock, CancellationToken cancellationToken)
    {
        var took = TimeSpan.Zero;
        for (var round = 0; round < Rounds; round++)
        {
            var began = clock.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Customers).Select(customer => OrderAsync(shop, customer, clock, cancellationToken)));
            took = clock.GetElapsedTime(began);
        }

        return Customers * OrdersOfEach / took.TotalSeconds;
    }

    private static async Task OrderAsync(IShop shop, int customer, TimeProvider clock, CancellationToken cancellationToken)
    {
        var client = new ShopClient(shop.Gateway, string.Create(CultureInfo.InvariantCulture, $"capacity-{customer}"), new Journal(), clock);
        for (var order = 0; order < OrdersOfEach; order++)
        {
            var sku = string.Create(CultureInfo.InvariantCulture, $"SKU-{FirstProduct + (customer * OrdersOfEach) + order:D4}");
            await client.PlaceAsync($"capacity-{Guid.NewGuid():N}", [new OrderedLine(sku, 1)], _patience, cancellationToken);
        }
    }
}
