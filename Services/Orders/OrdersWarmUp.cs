using Orders.Placing;
using Orders.Settling;
using ServiceDefaults.Startup;

namespace Orders;

/// <summary>Runs the path of an order before the first one comes, and orders nothing.</summary>
internal static class OrdersWarmUp
{
    private static readonly OrderLine[] _lines = [new("WARM-UP", 1, UnitPrice: 1)]; // no such product

    public static void AddOrdersWarmUp(this WebApplicationBuilder builder)
    {
        builder.AddWarmUp(WarmUpAsync);
        builder.AddWarmUp("inventory", WarmUpInventoryAsync);
    }

    private static async Task WarmUpAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var placements = services.GetRequiredService<PlacementStore>();
        var orders = services.GetRequiredService<OrderStore>();
        var requests = services.GetRequiredService<WarmUpRequests>();
        var noOrder = Guid.NewGuid(); // a row that two replicas can't both wait for

        await placements.WarmUpAsync(noOrder, _lines, cancellationToken);
        await orders.ReserveAsync(noOrder, "EUR", _lines, cancellationToken);
        await orders.ConfirmAsync(noOrder, cancellationToken);
        await orders.CancelAsync(noOrder, [OrderStatus.Pending], cancellationToken);
        await requests.SendAsync(HttpMethod.Get, $"/orders/{noOrder}", json: null, cancellationToken);
        await requests.SendAsync(HttpMethod.Get, "/orders?size=1", json: null, cancellationToken);
        await requests.SendAsync(HttpMethod.Post, "/orders", """{"lines":[{"sku":"WARM-UP","quantity":1}]}""", cancellationToken); // refused without a key
    }

    private static async Task WarmUpInventoryAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var inventory = scope.ServiceProvider.GetRequiredService<InventoryClient>();
        var noOrder = Guid.NewGuid();

        await inventory.ReserveAsync(noOrder, _lines, cancellationToken); // refused: no such product
        await inventory.ConfirmAsync(noOrder, cancellationToken); // refused: no such reservation
    }
}
