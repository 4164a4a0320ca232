using System.Net;
using System.Text;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>Inventory's answer is late, lost or nonsense: the order is pending, and settles.</summary>
public sealed class SettlementTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    public static TheoryData<string> Unclear =>
    [
        "500", "502", "503", "504", "404", "429", "200 without a body", "200 with HTML", "200 truncated", "200 with other lines", "200 with a negative price",
        "200 with a null line", "200 in no encoding", "409 with HTML", "409 of another kind", "400 of another kind", "gzip", "endless", "connection refused", "reset", "timeout",
    ];

    [Theory]
    [MemberData(nameof(Unclear))]
    public async Task An_unclear_answer_leaves_the_order_pending_and_it_settles_later(string answer)
    {
        var key = OrdersHost.NewKey;
        orders.Inventory.Script = async (verb, token) => verb == "reserve" ? await AnswerAsync(answer, token) : null;

        using var first = await orders.PlaceAsync(key, ("SKU-0001", 2));
        using var replay = await orders.PlaceAsync(key, ("SKU-0001", 2));
        orders.Inventory.Script = null;
        await orders.RelayAsync();
        using var replayAfter = await orders.PlaceAsync(key, ("SKU-0001", 2));

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, replay.StatusCode, replayAfter.StatusCode));
        Assert.Equal("Pending", (await first.JsonAsync()).Text("status"));
        Assert.Equal(first.Headers.Location, replayAfter.Headers.Location);
        Assert.Equal(await first.JsonTextAsync(), await replayAfter.JsonTextAsync());
        Assert.Equal("true", Assert.Single(replayAfter.Headers.GetValues("Idempotent-Replayed")));
        using var read = await orders.GetAsync(first.Headers.Location!.OriginalString);
        Assert.Equal(("Confirmed", 2 * FakeInventory.Price), ((await read.JsonAsync()).Text("status"), (await read.JsonAsync()).Number("total")));
        Assert.Equal(0, await orders.CountAsync("select count(*) from outbox"));
    }

    [Theory]
    [InlineData("reserve")]
    [InlineData("confirm")]
    public async Task An_answer_that_is_lost_after_the_work_was_done_is_asked_for_again(string verb)
    {
        orders.Inventory.Answering = asked =>
        {
            if (asked == verb)
            {
                throw new HttpRequestException("The answer was lost.");
            }
        };
        var order = await orders.PlacedAsync(HttpStatusCode.Accepted);
        orders.Inventory.Answering = null;

        await orders.RelayAsync();

        Assert.Equal("Confirmed", await orders.StatusAsync(order));
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "reservation_closed")]
    [InlineData(HttpStatusCode.NotFound, "not_found")]
    public async Task A_reservation_that_is_gone_before_it_is_confirmed_cancels_the_order(HttpStatusCode status, string code)
    {
        var key = OrdersHost.NewKey;
        orders.Inventory.Script = (verb, _) => Task.FromResult(verb == "confirm" ? FakeInventory.Problem(status, code) : null);

        using var reply = await orders.PlaceAsync(key, ("SKU-0001", 1));
        using var replay = await orders.PlaceAsync(key, ("SKU-0001", 1));
        orders.Inventory.Script = null;

        Assert.Equal(HttpStatusCode.Conflict, reply.StatusCode);
        Assert.Equal("order_cancelled", await reply.CodeAsync());
        Assert.Equal(await reply.JsonTextAsync(), await replay.JsonTextAsync());
        Assert.Equal(1, await orders.CountAsync("select count(*) from orders o join idempotency_keys k on k.order_id = o.id where key = @key and status = 'Cancelled'", new { key }));
    }

    [Fact]
    public async Task An_order_that_waited_too_long_is_given_up_and_holds_nothing()
    {
        orders.Inventory.Script = static (_, _) => throw new HttpRequestException("away");
        var order = await orders.PlacedAsync(HttpStatusCode.Accepted);
        orders.Inventory.Script = null;
        await orders.ExecuteAsync("update orders set expires_at = now() - interval '1 s' where id = @order", new { order });

        await orders.RelayAsync();

        Assert.Equal("Cancelled", await orders.StatusAsync(order));
        Assert.Contains(orders.Inventory.Calls, call => call == ("release", order));
    }

    [Fact]
    public async Task Who_gives_an_order_up_does_not_undo_what_another_has_confirmed_meanwhile()
    {
        orders.Inventory.Script = async (verb, _) =>
        {
            var order = orders.Inventory.Calls.Last().Order;
            foreach (var status in (string[])["Reserved", "Confirmed"])
            {
                await orders.ExecuteAsync("update orders set status = @status, total_minor = 250, currency = 'EUR' where id = @order", new { order, status });
            }

            await orders.ExecuteAsync("delete from outbox where order_id = @order", new { order });
            return FakeInventory.Problem(HttpStatusCode.Conflict, "reservation_closed"); // what the slower worker hears
        };

        var order = await orders.PlacedAsync();
        orders.Inventory.Script = null;

        Assert.Equal("Confirmed", await orders.StatusAsync(order));
        Assert.DoesNotContain(orders.Inventory.Calls, call => call == ("release", order));
    }

    [Fact]
    public async Task A_client_with_a_deadline_hears_202_before_it()
    {
        orders.Inventory.Script = static async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return null;
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders")
        {
            Content = new StringContent(OrdersHost.Body(("SKU-0001", 1)), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", OrdersHost.NewKey);
        request.Headers.Add("x-envoy-expected-rq-timeout-ms", "1500");
        using var reply = await orders.Http.SendAsync(request, TestContext.Current.CancellationToken);
        orders.Inventory.Script = null;

        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        await orders.RelayAsync();
    }

    [Fact]
    public async Task A_client_who_leaves_loses_no_order()
    {
        var asked = new TaskCompletionSource();
        orders.Inventory.Script = async (_, token) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return null;
        };
        using var leaving = new CancellationTokenSource();
        var key = OrdersHost.NewKey;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders")
        {
            Content = new StringContent(OrdersHost.Body(("SKU-0001", 1)), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.Add("X-Client-Id", "leaver");
        var sending = orders.Http.SendAsync(request, leaving.Token);
        await asked.Task;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        orders.Inventory.Script = null;

        await orders.RelayAsync();
        using var reply = await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), client: "leaver");

        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
    }

    [Theory]
    [InlineData("Confirmed", "Pending")]
    [InlineData("Confirmed", "Reserved")]
    [InlineData("Confirmed", "Rejected")]
    [InlineData("Cancelled", "Confirmed")]
    public async Task The_database_itself_refuses_a_step_back(string from, string to)
    {
        var order = await orders.PlacedAsync();
        if (from == "Cancelled")
        {
            using var cancelled = await orders.CancelAsync(order);
        }

        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => orders.ExecuteAsync("update orders set status = @to, rejection = case when @to = 'Rejected' then '{}'::jsonb end where id = @order", new { order, to }));

        Assert.Contains($"can not go from {from} to {to}", refusal.MessageText, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage?> AnswerAsync(string answer, CancellationToken cancellationToken)
    {
        const string Json = "application/json";
        switch (answer)
        {
            case "connection refused":
                throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
            case "reset":
                throw new HttpRequestException("reset", new IOException("reset"));
            case "timeout":
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return null;
            case "409 of another kind":
                return FakeInventory.Problem(HttpStatusCode.Conflict, "something_else");
            case "400 of another kind":
                return FakeInventory.Problem(HttpStatusCode.BadRequest, "validation");
            default:
                var (status, content, type) = answer switch
                {
                    "200 without a body" => (200, "", Json),
                    "200 with HTML" => (200, "<html>welcome</html>", "text/html"),
                    "200 truncated" => (200, """{"status":"Held","currency":"EUR","lines":[{"sku":"SKU-0""", Json),
                    "200 with other lines" => (200, """{"status":"Held","currency":"EUR","lines":[{"sku":"SKU-0001","quantity":1,"unitPrice":250}]}""", Json),
                    "200 with a negative price" => (200, """{"status":"Held","currency":"EUR","lines":[{"sku":"SKU-0001","quantity":2,"unitPrice":-250}]}""", Json),
                    "200 with a null line" => (200, """{"status":"Held","currency":"EUR","lines":[null]}""", Json),
                    "200 in no encoding" => (200, "{}", "application/json; charset=no-such"),
                    "409 with HTML" => (409, "<html>no</html>", "text/html"),
                    "gzip" => (200, "\u001f\u008b\b\0\0\0\0\0\0", Json),
                    "endless" => (200, new string(' ', 1_000_000), Json),
                    _ => (int.Parse(answer, null), "{}", Json),
                };
                var reply = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(content) };
                reply.Content.Headers.TryAddWithoutValidation("Content-Type", "");
                reply.Content.Headers.Remove("Content-Type");
                reply.Content.Headers.TryAddWithoutValidation("Content-Type", type);
                return reply;
        }
    }
}
