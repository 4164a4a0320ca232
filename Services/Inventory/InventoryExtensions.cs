using Database;
using Inventory.Catalogue;
using Inventory.Reservations;

namespace Inventory;

/// <summary>What inventory is made of.</summary>
internal static class InventoryExtensions
{
    public static void AddInventory(this WebApplicationBuilder builder)
    {
        builder.AddDatabase("inventorydb", new ServiceRole("inventory_service"), typeof(InventoryExtensions).Assembly);
        builder.AddRedisCache("cache");
        builder.AddValidatedOptions<ReservationOptions>(ReservationOptions.Section);

        var services = builder.Services;
        builder.AddInventoryPipelines();
        services.AddSingleton<CatalogueCache>();
        services.AddSingleton<CatalogueStore>();
        services.AddSingleton<ReservationStore>();
        builder.AddInventoryWarmUp();
        services.AddHostedService<ReservationSweeper>();
        services.AddOpenApi();
    }
}
