using System.Net;
using System.Net.Sockets;
using Npgsql;
using Services.Tests.Gateway;
using Services.Tests.Inventory;
using Services.Tests.Orders;
using Xunit;

namespace Services.Tests.Network;

/// <summary>A service is told a wrong name or a wrong port of what it needs.</summary>
public sealed class WrongAddressTests(Stores stores, OrdersHost orders) : IClassFixture<OrdersHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://no-such-host.invalid")]
    public async Task A_gateway_that_looks_for_orders_in_the_wrong_place_names_it_and_goes_on_with_the_rest(string address)
    {
        await using var gateway = await GatewayHost.StartAsync(("services:orders:http:0", address), ("services:orders:http:1", address));

        using var unreachable = await gateway.GetAsync("/api/orders/1");
        for (var call = 0; call < 10; call++)
        {
            using var failed = await gateway.GetAsync("/api/orders/1");
        }

        using var refused = await gateway.GetAsync("/api/orders/1");
        using var rest = await gateway.GetAsync("/api/products");

        Assert.Equal((HttpStatusCode.BadGateway, "bad_gateway", "orders"), await AnswerAsync(unreachable));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "dependency_unavailable", "orders"), await AnswerAsync(refused));
        Assert.Equal(HttpStatusCode.OK, rest.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Orders_that_looks_for_inventory_in_the_wrong_place_takes_orders_all_the_same(bool isNameWrong)
    {
        // Without an address of its own, "inventory" is a host's name, which nobody knows here.
        using var nobody = new SocketsHttpHandler();
        nobody.ConnectCallback = isNameWrong ? null : static async (_, cancellationToken) =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, 1, cancellationToken);
            throw new InvalidOperationException("Somebody listens at port 1.");
        };
        await using var host = OrdersHost.Start(orders.OwnerConnectionString, nobody);
        await host.StartAsync();
        using var http = host.CreateClient();

        using var placed = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), http);

        Assert.Equal(HttpStatusCode.Accepted, placed.StatusCode);
        Assert.Equal("Pending", (await placed.JsonAsync()).Text("status"));
    }

    [Theory]
    [InlineData("127.0.0.1", 1)]
    [InlineData("no-such-host.invalid", 5432)]
    public async Task Whoever_looks_for_PostgreSQL_in_the_wrong_place_listens_and_names_it(string host, int port)
    {
        var (database, redis) = await stores.CreateAsync();
        var wrong = new NpgsqlConnectionStringBuilder(database) { Host = host, Port = port }.ConnectionString;
        await using var inventory = InventoryHost.Start(wrong, redis);
        await using var ordering = OrdersHost.Start(wrong, orders.Inventory);
        using var products = inventory.CreateClient();
        using var placing = ordering.CreateClient();

        using var browsed = await products.GetAsync(new Uri("/products", UriKind.Relative), Token);
        using var placed = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), placing);
        using var started = await placing.GetAsync(new Uri("/startup", UriKind.Relative), Token);
        using var alive = await placing.GetAsync(new Uri("/alive", UriKind.Relative), Token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "dependency_unavailable", "postgres"), await AnswerAsync(browsed));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "dependency_unavailable", "postgres"), await AnswerAsync(placed));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (started.StatusCode, alive.StatusCode));
    }

    private static async Task<(HttpStatusCode Status, string? Code, string? Dependency)> AnswerAsync(HttpResponseMessage reply) =>
        (reply.StatusCode, await reply.CodeAsync(), (await reply.JsonAsync()).Text("dependency"));
}
