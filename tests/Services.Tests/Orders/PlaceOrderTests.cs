using System.Net;
using Xunit;

namespace Services.Tests.Orders;

public sealed class PlaceOrderTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    private readonly string _key = OrdersHost.NewKey;

    [Fact]
    public async Task An_order_that_can_be_fulfilled_is_created_and_confirmed()
    {
        using var reply = await orders.PlaceAsync(_key, ("SKU-0002", 1), ("SKU-0001", 2));

        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        var order = await reply.JsonAsync();
        Assert.Equal(["id", "status", "total", "currency", "lines"], order.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(("Confirmed", 3 * FakeInventory.Price, "EUR"), (order.Text("status"), order.Number("total"), order.Text("currency")));
        Assert.Equal($"/orders/{order.Text("id")}", reply.Headers.Location?.OriginalString);
        Assert.False(reply.Headers.Contains("Idempotent-Replayed"));

        using var read = await orders.GetAsync(reply.Headers.Location!.OriginalString);
        Assert.Equal(await reply.JsonTextAsync(), await read.JsonTextAsync());
    }

    [Fact]
    public async Task A_key_is_required()
    {
        using var content = new StringContent(OrdersHost.Body(("SKU-0001", 1)), mediaType: new("application/json"));
        using var reply = await orders.Http.PostAsync("/orders", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("idempotency_key_required", await reply.CodeAsync());
        Assert.Equal("/problems/idempotency-key-required", (await reply.JsonAsync()).Text("type"));
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData("with spaces in between")]
    [InlineData("\"unbalanced-quotes-here")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    [InlineData("semicolon;or'quote--and-more")]
    [InlineData("kéy-with-another-letter")]
    public async Task A_key_of_another_form_is_refused(string key)
    {
        using var reply = await orders.PlaceAsync(key, ("SKU-0001", 1));

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("validation", await reply.CodeAsync());
        Assert.True((await reply.JsonAsync()).GetProperty("errors").TryGetProperty("Idempotency-Key", out _));
    }

    [Fact]
    public async Task A_replay_gets_the_same_answer_and_orders_nothing()
    {
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 2));
        using var second = await orders.PlaceAsync($"\"{_key}\"", ("SKU-0001", 2)); // the same key, quoted as the draft has it

        await AssertReplayAsync(first, second);
        Assert.Equal(1, await orders.CountAsync("select count(*) from idempotency_keys where key = @key", new { key = _key }));
    }

    [Fact]
    public async Task What_the_lines_mean_is_compared_and_not_how_they_are_written()
    {
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 3), ("SKU-0002", 1));
        using var second = await orders.PlaceAsync(
            _key, """{ "note": "x", "lines": [ {"quantity":1,"sku":"SKU-0002"}, {"sku":"SKU-0001","quantity":1,"price":0}, {"sku":"SKU-0001","quantity":2} ] }""");

        await AssertReplayAsync(first, second);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused()
    {
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 2));
        using var second = await orders.PlaceAsync(_key, ("SKU-0001", 3));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, second.StatusCode);
        Assert.Equal("idempotency_key_reused", await second.CodeAsync());
    }

    [Fact]
    public async Task Two_clients_may_use_one_key()
    {
        using var first = await orders.PlaceAsync(_key, OrdersHost.Body(("SKU-0001", 2)), client: "one");
        using var second = await orders.PlaceAsync(_key, OrdersHost.Body(("SKU-0001", 3)), client: "other");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.NotEqual(first.Headers.Location, second.Headers.Location);
    }

    [Fact]
    public async Task One_key_fifty_times_at_once_makes_one_order()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => orders.PlaceAsync(_key, ("SKU-0001", 2))));

        Assert.Equal(1, await orders.CountAsync("select count(*) from idempotency_keys where key = @key", new { key = _key }));
        foreach (var reply in replies)
        {
            if (reply.StatusCode is HttpStatusCode.Conflict)
            {
                Assert.Equal("idempotency_in_progress", await reply.CodeAsync());
                Assert.Equal("1", Assert.Single(reply.Headers.GetValues("Retry-After")));
            }
            else
            {
                Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
            }
        }

        var created = replies.Where(static reply => reply.StatusCode is HttpStatusCode.Created).ToList();
        Assert.Single(created.Select(static reply => reply.Headers.Location).Distinct());
        Assert.Single(created, static reply => !reply.Headers.Contains("Idempotent-Replayed"));
        Array.ForEach(replies, static reply => reply.Dispose());
    }

    [Fact]
    public async Task While_the_first_request_is_under_way_the_second_is_told_to_wait()
    {
        var asked = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        await using var host = OrdersHost.Start(orders.OwnerConnectionString, new FakeInventory
        {
            Script = async (_, _) =>
            {
                asked.TrySetResult();
                await gate.Task;
                return null;
            },
        });
        await host.StartAsync();
        using var http = host.CreateClient();

        var first = orders.PlaceAsync(_key, OrdersHost.Body(("SKU-0001", 1)), http);
        await asked.Task;
        using var second = await orders.PlaceAsync(_key, ("SKU-0001", 1));
        using var other = await orders.PlaceAsync(_key, ("SKU-0001", 2));
        gate.SetResult();
        using var answer = await first;

        Assert.Equal("idempotency_in_progress", await second.CodeAsync());
        Assert.Equal("1", Assert.Single(second.Headers.GetValues("Retry-After")));
        Assert.True((await second.JsonAsync()).GetProperty("retryable").GetBoolean());
        Assert.Equal("idempotency_key_reused", await other.CodeAsync());
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task Too_little_stock_is_refused_with_what_there_is_and_replayed_so()
    {
        orders.Inventory.Left["SHORT-1"] = 1;
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 1), ("SHORT-1", 2));
        orders.Inventory.Left["SHORT-1"] = 100;
        using var second = await orders.PlaceAsync(_key, ("SKU-0001", 1), ("SHORT-1", 2));

        Assert.Equal(HttpStatusCode.Conflict, first.StatusCode);
        Assert.Equal("insufficient_stock", await first.CodeAsync());
        var problem = await first.JsonAsync();
        Assert.Equal(("SHORT-1", 1), (problem.Text("sku"), problem.Number("available")));
        Assert.False(problem.GetProperty("retryable").GetBoolean());
        Assert.False(string.IsNullOrEmpty(problem.Text("traceId")));
        await AssertReplayAsync(first, second);
    }

    [Fact]
    public async Task An_unknown_product_is_named_by_the_clients_own_lines()
    {
        orders.Inventory.Unknown["NO-SUCH"] = true;
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 1), ("NO-SUCH", 1), ("SKU-0002", 1), ("NO-SUCH", 3));
        using var second = await orders.PlaceAsync(_key, ("SKU-0001", 1), ("NO-SUCH", 1), ("SKU-0002", 1), ("NO-SUCH", 3));

        Assert.Equal(HttpStatusCode.BadRequest, first.StatusCode);
        Assert.Equal("validation", await first.CodeAsync());
        Assert.Equal(["lines[1].sku", "lines[3].sku"], (await first.JsonAsync()).GetProperty("errors").EnumerateObject().Select(static error => error.Name));
        await AssertReplayAsync(first, second);
    }

    [Fact]
    public async Task A_key_that_got_too_old_orders_again()
    {
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 2));
        await orders.ExecuteAsync("update idempotency_keys set created_at = now() - interval '2 d', lease_until = now() - interval '2 d' where key = @key", new { key = _key });
        using var beforeTheSweep = await orders.PlaceAsync(_key, ("SKU-0001", 2));
        await orders.Host.RunAsync<global::Orders.Placing.KeySweeper>();
        using var after = await orders.PlaceAsync(_key, ("SKU-0001", 3));

        Assert.Equal(first.Headers.Location, beforeTheSweep.Headers.Location);
        Assert.Equal(HttpStatusCode.Created, after.StatusCode);
        Assert.NotEqual(first.Headers.Location, after.Headers.Location);
    }

    [Fact]
    public async Task A_key_that_is_being_worked_on_is_not_swept()
    {
        using var first = await orders.PlaceAsync(_key, ("SKU-0001", 2));
        await orders.ExecuteAsync("update idempotency_keys set created_at = now() - interval '2 d', lease_until = now() + interval '5 s' where key = @key", new { key = _key });

        await orders.Host.RunAsync<global::Orders.Placing.KeySweeper>();

        Assert.Equal(1, await orders.CountAsync("select count(*) from idempotency_keys where key = @key", new { key = _key }));
    }

    private static async Task AssertReplayAsync(HttpResponseMessage first, HttpResponseMessage second)
    {
        Assert.Equal(first.StatusCode, second.StatusCode);
        Assert.Equal(await first.JsonTextAsync(), await second.JsonTextAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal("true", Assert.Single(second.Headers.GetValues("Idempotent-Replayed")));
    }
}
