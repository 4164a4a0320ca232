using Inventory.Reservations;
using ServiceDefaults.Startup;
using StackExchange.Redis;

namespace Inventory;

/// <summary>Runs the paths of a reservation and of the catalogue before the first customer comes, and reserves nothing.</summary>
internal static class InventoryWarmUp
{
    public static void AddInventoryWarmUp(this WebApplicationBuilder builder)
    {
        builder.AddWarmUp(WarmUpAsync);
        builder.AddWarmUp(WarmUpCacheAsync);
    }

    private static async Task WarmUpAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var reservations = services.GetRequiredService<ReservationStore>();
        var requests = services.GetRequiredService<WarmUpRequests>();
        var noOrder = Guid.NewGuid();

        await reservations.WarmUpAsync(noOrder, cancellationToken);
        await requests.SendAsync(
            HttpMethod.Put, $"/reservations/{noOrder}", """{"lines":[{"sku":"WARM-UP","quantity":1}]}""", cancellationToken); // refused: no such product
        await requests.SendAsync(HttpMethod.Post, $"/reservations/{noOrder}/confirm", json: null, cancellationToken); // refused: no such reservation
    }

    // Without the cache's budget at first: a client's first command takes longer than 50 ms.
    private static async Task WarmUpCacheAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var redis = services.GetRequiredService<IConnectionMultiplexer>();
        if (redis.IsConnected)
        {
            await redis.GetDatabase().StringGetRangeAsync("inventory:warm-up", 0, 1).WaitAsync(cancellationToken);
            await redis.GetDatabase().KeyDeleteAsync(["inventory:warm-up"]).WaitAsync(cancellationToken);
        }

        var requests = services.GetRequiredService<WarmUpRequests>();
        await requests.SendAsync(HttpMethod.Get, "/products/WARM-UP", json: null, cancellationToken);
        await requests.SendAsync(HttpMethod.Get, "/products?size=1", json: null, cancellationToken);
    }
}
