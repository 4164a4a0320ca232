using Database;
using Orders.Placing;
using Orders.Settling;

namespace Orders;

/// <summary>What orders is made of.</summary>
internal static class OrdersExtensions
{
    private const int LongestReply = 256 * 1024; // inventory's longest is a reservation of 100 lines

    public static void AddOrders(this WebApplicationBuilder builder)
    {
        builder.AddDatabase("ordersdb", new ServiceRole("orders_service"), typeof(OrdersExtensions).Assembly);
        builder.AddRedisCache("cache");
        builder.AddPeerBreakers();
        builder.AddRecoveryLease();
        builder.AddValidatedOptions<OrderOptions>(OrderOptions.Section);

        var services = builder.Services;
        builder.AddOrdersPipelines();
        services.AddHttpClient<InventoryClient>("inventory", static http =>
        {
            http.BaseAddress = new("http://inventory");
            http.MaxResponseContentBufferSize = LongestReply;
        });
        services.AddSingleton<OrderStore>();
        services.AddSingleton<PlacementStore>();
        services.AddTransient<OrderSettlement>();
        builder.AddOrdersWarmUp();
        services.AddHostedService<OutboxRelay>();
        services.AddHostedService<KeySweeper>();
        services.AddOpenApi();
    }
}
