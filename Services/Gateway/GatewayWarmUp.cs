using ServiceDefaults.Startup;

namespace Gateway;

/// <summary>Runs the paths through the gateway as soon as what is behind it has started.</summary>
internal static class GatewayWarmUp
{
    public static void AddGatewayWarmUp(this WebApplicationBuilder builder)
    {
        builder.AddWarmUp("inventory", static (services, cancellationToken) =>
            services.GetRequiredService<WarmUpRequests>().SendAsync(HttpMethod.Get, "/api/products/WARM-UP", json: null, cancellationToken));
        builder.AddWarmUp("orders", static async (services, cancellationToken) =>
        {
            var requests = services.GetRequiredService<WarmUpRequests>();
            await requests.SendAsync(HttpMethod.Get, $"/api/orders/{Guid.Empty}", json: null, cancellationToken);
            await requests.SendAsync(HttpMethod.Post, "/api/orders", """{"lines":[]}""", cancellationToken); // refused without a key
        });
    }
}
