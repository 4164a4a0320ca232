using System.Net;
using System.Text.Json;
using Npgsql;
using Services.Tests.Inventory;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>The database goes away, and what the service says of itself.</summary>
public sealed class OrdersStoreTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_database_is_away_the_answer_is_503_and_the_same_key_works_afterwards()
    {
        await using var wire = InventoryHost.WireTo(new NpgsqlConnectionStringBuilder(orders.OwnerConnectionString), out var database);
        await using var host = OrdersHost.Start(database, orders.Inventory);
        await host.StartAsync();
        using var http = host.CreateClient();
        var key = OrdersHost.NewKey;

        wire.Cut();
        using var away = await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), http);
        wire.Mend();
        using var back = await Eventually.AnswersAsync(() => orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), http));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.Equal("dependency_unavailable", await away.CodeAsync());
        Assert.Equal("postgres", (await away.JsonAsync()).Text("dependency"));
        Assert.Equal(HttpStatusCode.Created, back.StatusCode);
    }

    [Fact]
    public async Task A_service_whose_database_is_away_at_the_start_waits_for_it()
    {
        await using var wire = InventoryHost.WireTo(new NpgsqlConnectionStringBuilder(orders.OwnerConnectionString), out var database);
        wire.Cut();
        await using var host = OrdersHost.Start(database, orders.Inventory);
        using var http = host.CreateClient();
        using var starting = await http.GetAsync("/startup", Token);
        using var refused = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), http);
        using var alive = await http.GetAsync("/alive", Token);

        wire.Mend();
        await host.StartAsync();
        using var started = await http.GetAsync("/startup", Token);
        using var taken = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), http);

        Assert.Equal("postgres", (await refused.JsonAsync()).Text("dependency"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (starting.StatusCode, refused.StatusCode, alive.StatusCode));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Created), (started.StatusCode, taken.StatusCode));
    }

    [Fact]
    public async Task Whichever_of_the_databases_answers_is_lost_the_order_is_placed_once()
    {
        await using var wire = InventoryHost.WireTo(new NpgsqlConnectionStringBuilder(orders.OwnerConnectionString), out var database);
        await using var host = OrdersHost.Start(database, orders.Inventory);
        await host.StartAsync();
        using var http = host.CreateClient();

        // Each answer of the database is lost once: of the connection, each statement, the commit.
        for (var answer = 1; answer <= 25; answer++)
        {
            var key = OrdersHost.NewKey;
            wire.LoseAnswer(answer);

            using var reply = await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), http);

            Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
            Assert.Equal("Confirmed", (await reply.JsonAsync()).Text("status"));
        }

        Assert.Equal(0, await orders.CountAsync("select count(*) from outbox"));
        Assert.Equal(0, await orders.CountAsync("select count(*) from orders o where not exists (select from idempotency_keys k where k.order_id = o.id)"));
    }

    [Fact]
    public async Task Wherever_what_the_database_says_breaks_off_the_order_is_placed_once()
    {
        await using var wire = InventoryHost.WireTo(new NpgsqlConnectionStringBuilder(orders.OwnerConnectionString), out var database);
        await using var host = OrdersHost.Start(database, orders.Inventory);
        await host.StartAsync();
        using var http = host.CreateClient();

        // In the middle of a message, too: of the connection's start, of rows, of the commit.
        for (var bytes = 1; bytes < 1200; bytes += 31)
        {
            var key = OrdersHost.NewKey;
            wire.CutAnswerAfter(bytes);

            using var reply = await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), http);

            Assert.True(reply.StatusCode is HttpStatusCode.Created, $"Cut after {bytes} bytes, the answer is {reply.StatusCode}: {await reply.JsonTextAsync()}");
            Assert.Equal(1, await orders.CountAsync("select count(*) from orders o join idempotency_keys k on k.order_id = o.id where k.key = @key", new { key }));
        }
    }

    [Fact]
    public async Task The_contract_is_documented()
    {
        var document = JsonSerializer.Deserialize<JsonElement>(await orders.Http.GetStringAsync("/openapi/v1.json", Token));

        var paths = document.GetProperty("paths");
        Assert.Equal(["200", "404", "503", "504"], Statuses(paths, "/orders/{id}", "get"));
        Assert.Equal(["200", "202", "404", "409", "503", "504"], Statuses(paths, "/orders/{id}/cancel", "post"));
        Assert.Equal(["201", "202", "400", "409", "413", "415", "422", "503", "504"], Statuses(paths, "/orders", "post"));
        Assert.Equal(["200", "400", "503", "504"], Statuses(paths, "/orders", "get"));
        Assert.Contains(
            paths.GetProperty("/orders").GetProperty("post").GetProperty("parameters").EnumerateArray(),
            static parameter => parameter.Text("name") == "Idempotency-Key" && parameter.Text("in") == "header" && parameter.GetProperty("required").GetBoolean());
    }

    internal static IEnumerable<string> Statuses(JsonElement paths, string path, string method) =>
        paths.GetProperty(path).GetProperty(method).GetProperty("responses").EnumerateObject().Select(static response => response.Name).Order(StringComparer.Ordinal);
}
