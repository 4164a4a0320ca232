using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Services.Tests.Gateway;

public sealed class RoutingTests : IAsyncLifetime
{
    private GatewayHost _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayHost.StartAsync();

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("GET", "/api/products?page=2&size=5", "/products?page=2&size=5")]
    [InlineData("GET", "/api/products/SKU-0001", "/products/SKU-0001")]
    public async Task Products_are_inventory_s(string method, string path, string target)
    {
        using var reply = await _gateway.SendAsync(new(method), path, null);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(target, Assert.Single(_gateway.Inventory.Requests).Target);
    }

    [Theory]
    [InlineData("POST", "/api/orders", "/orders")]
    [InlineData("GET", "/api/orders", "/orders")]
    [InlineData("GET", "/api/orders/1", "/orders/1")]
    [InlineData("POST", "/api/orders/1/cancel", "/orders/1/cancel")]
    public async Task Orders_are_an_orders_replica_s(string method, string path, string target)
    {
        using var reply = await _gateway.SendAsync(new(method), path, method == "POST" ? "{}" : null);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(target, Assert.Single(_gateway.Orders.SelectMany(static orders => orders.Requests)).Target);
    }

    [Fact]
    public async Task Two_replicas_share_the_requests()
    {
        for (var call = 0; call < 40; call++)
        {
            using var reply = await _gateway.GetAsync("/api/orders");
        }

        Assert.All(_gateway.Orders, static replica => Assert.NotEmpty(replica.Requests));
    }

    [Theory]
    [InlineData("GET", "/products", 404)]
    [InlineData("GET", "/orders", 404)]
    [InlineData("GET", "/api", 404)]
    [InlineData("PUT", "/api/reservations/1", 404)]
    [InlineData("PUT", "/reservations/1", 404)]
    [InlineData("PUT", "/api/restocks/1", 404)]
    [InlineData("GET", "/api/health", 404)]
    [InlineData("GET", "/api/products/a/b", 404)]
    [InlineData("POST", "/api/products", 405)]
    [InlineData("DELETE", "/api/orders/1", 405)]
    public async Task Nothing_else_is_reachable(string method, string path, int status)
    {
        using var reply = await _gateway.SendAsync(new(method), path, null);
        var problem = await GatewayHost.ReadAsync(reply);

        Assert.Equal(status, (int)reply.StatusCode);
        Assert.Equal(status == 404 ? "not_found" : "method_not_allowed", problem.GetProperty("code").GetString());
        AssertNothingWasForwarded();
    }

    [Theory]
    [InlineData("/api/products/../../reservations/1")]
    [InlineData("/api/products/..%2f..%2freservations%2f1")]
    [InlineData("/api/products/%2e%2e/reservations/1")]
    [InlineData("/api/products/..\\reservations")]
    [InlineData("//reservations/1")]
    [InlineData("/api/orders/..;/restocks")]
    public async Task A_path_that_climbs_stays_outside(string path)
    {
        _gateway.Inventory.Answer = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };

        var status = await _gateway.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");

        Assert.Equal(404, status);
        Assert.All(_gateway.Inventory.Requests, static request => Assert.StartsWith("/products/", request.Target, StringComparison.Ordinal));
        Assert.DoesNotContain(_gateway.Inventory.Requests, static request => request.Target.Contains("../", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_location_is_said_in_the_gateway_s_words_and_a_replay_says_the_same()
    {
        foreach (var replica in _gateway.Orders)
        {
            replica.Answer = static context =>
            {
                context.Response.StatusCode = StatusCodes.Status201Created;
                context.Response.Headers.Location = "/orders/42";
                return Task.CompletedTask;
            };
        }

        using var first = await _gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}");
        using var replay = await _gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}");

        Assert.Equal("/api/orders/42", first.Headers.Location!.OriginalString);
        Assert.Equal(first.Headers.Location, replay.Headers.Location);
    }

    [Fact]
    public async Task A_service_s_own_problem_passes_as_it_is()
    {
        _gateway.Inventory.Answer = static async context =>
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            context.Response.ContentType = "application/problem+json";
            await context.Response.WriteAsync("""{"code":"insufficient_stock","sku":"A"}""", context.RequestAborted);
        };

        using var reply = await _gateway.GetAsync("/api/products/A");

        Assert.Equal("""{"code":"insufficient_stock","sku":"A"}""", await reply.Content.ReadAsStringAsync(GatewayHost.Token));
    }

    private void AssertNothingWasForwarded()
    {
        Assert.Empty(_gateway.Inventory.Requests);
        Assert.All(_gateway.Orders, static replica => Assert.Empty(replica.Requests));
    }
}
