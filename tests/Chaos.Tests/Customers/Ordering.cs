using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Conservation;
using Lab.Journals;
using Lab.Running;
using Lab.Shopping;
using Shop.Testing;
using Xunit;

namespace Chaos.Tests.Customers;

/// <summary>What customers do, through the gateway of the real shop, alone and all at once.</summary>
[Collection(ShopGroup.Name)]
public sealed class Ordering(ShopFixture fixture) : IAsyncLifetime
{
    private readonly RunningShop _shop = fixture.Shop;
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => fixture.UntilAsync(SteadyStates.Confirming, Token);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_customer_browses_orders_reads_and_cancels()
    {
        var page = await _shop.Gateway.GetFromJsonAsync<JsonElement>("/api/products?page=2&size=50", Token);
        Assert.Equal((2, 50, 1000), (page.GetProperty("page").GetInt32(), page.GetProperty("size").GetInt32(), page.GetProperty("total").GetInt32()));
        var product = page.GetProperty("items")[0];
        Assert.Equal("SKU-0051", product.GetProperty("sku").GetString());

        using var placed = await SendAsync(HttpMethod.Post, "/api/orders", "reader", key: "browse-order-read-cancel", new { lines = new[] { new { sku = "SKU-0051", quantity = 2 } } });
        Assert.Equal(HttpStatusCode.Created, placed.StatusCode);
        var order = await placed.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal("Confirmed", order.GetProperty("status").GetString());
        Assert.Equal(2 * product.GetProperty("price").GetInt64(), order.GetProperty("total").GetInt64());
        Assert.Equal($"/api/orders/{order.GetProperty("id").GetGuid()}", placed.Headers.Location!.OriginalString);

        using var read = await SendAsync(HttpMethod.Get, placed.Headers.Location.OriginalString, "reader");
        Assert.Equal(order.GetRawText(), (await read.Content.ReadFromJsonAsync<JsonElement>(Token)).GetRawText());
        using var elsewhere = await SendAsync(HttpMethod.Get, placed.Headers.Location.OriginalString, "somebody else");
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);

        using var cancelled = await SendAsync(HttpMethod.Post, $"{placed.Headers.Location.OriginalString}/cancel", "reader");
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal("Cancelled", (await cancelled.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("status").GetString());
        Assert.Empty(ConservationCheck.Run(await _shop.State.ReadAsync(Token), _journal));
    }

    [Fact]
    public async Task Of_200_buyers_for_the_last_10_units_exactly_10_get_one()
    {
        const string sku = "SKU-0900";
        await TakeAllButAsync(sku, left: 10);

        var attempts = await Task.WhenAll(Enumerable.Range(0, 200).Select(buyer =>
            new ShopClient(_shop.Gateway, $"buyer-{buyer}", _journal, TimeProvider.System).PlaceAsync(
                $"last-ten-units-{buyer:D4}", [new OrderedLine(sku, 1)], TimeSpan.FromSeconds(30), Token)));
        await SettleAsync(sku);

        Assert.All(attempts, static attempt => Assert.True(attempt.Status is 201 or 202 or 409, $"{attempt.Status}"));
        var state = await _shop.WaitUntilIdleAsync(Token);
        var stock = state.Stock.Single(static row => row.Sku == sku);
        Assert.Equal((0, 0, stock.Initial), (stock.Available, stock.Reserved, stock.Sold));
        Assert.Empty(ConservationCheck.Run(state, _journal));
    }

    [Fact]
    public async Task One_key_sent_50_times_at_once_makes_one_order()
    {
        var client = new ShopClient(_shop.Gateway, "impatient", _journal, TimeProvider.System);

        var attempts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            client.PlaceAsync("one-key-fifty-times", [new OrderedLine("SKU-0901", 1)], TimeSpan.FromSeconds(30), Token)));

        Assert.All(attempts, static attempt => Assert.True(attempt.Status is 201 or 409, $"{attempt.Status}"));
        Assert.Single(attempts.Select(static attempt => attempt.OrderId).OfType<Guid>().Distinct());
        Assert.Empty(ConservationCheck.Run(await _shop.WaitUntilIdleAsync(Token), _journal));
    }

    [Fact]
    public async Task A_key_that_comes_back_says_the_same_and_with_another_body_is_refused()
    {
        var lines = new { lines = new[] { new { sku = "SKU-0902", quantity = 1 } } };
        using var first = await SendAsync(HttpMethod.Post, "/api/orders", "forgetful", "the-same-key-again", lines);

        using var again = await SendAsync(HttpMethod.Post, "/api/orders", "forgetful", "the-same-key-again", lines);
        using var other = await SendAsync(HttpMethod.Post, "/api/orders", "forgetful", "the-same-key-again", new { lines = new[] { new { sku = "SKU-0902", quantity = 2 } } });

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(
            (first.StatusCode, first.Headers.Location, await first.Content.ReadAsStringAsync(Token)),
            (again.StatusCode, again.Headers.Location, await again.Content.ReadAsStringAsync(Token)));
        Assert.Equal(["true"], again.Headers.GetValues("Idempotent-Replayed"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal("idempotency_key_reused", (await other.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("code").GetString());
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string customer, string? key = null, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-Api-Key", customer);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await _shop.Gateway.SendAsync(request, Token);
    }

    private async Task TakeAllButAsync(string sku, int left)
    {
        var product = await _shop.Gateway.GetFromJsonAsync<JsonElement>($"/api/products/{sku}", Token);
        var client = new ShopClient(_shop.Gateway, "wholesaler", _journal, TimeProvider.System);
        var attempt = await client.PlaceAsync(
            "all-but-the-last-ten", [new OrderedLine(sku, product.GetProperty("available").GetInt32() - left)], TimeSpan.FromSeconds(30), Token);
        Assert.Equal(201, attempt.Status);
    }

    // A busy shop may have said "not yet" to some; they ask again under their keys, as customers should.
    private async Task SettleAsync(string sku)
    {
        foreach (var open in _journal.Entries.Where(static attempt => attempt.Outcome is AttemptOutcome.Info && attempt.Status != 202).ToList())
        {
            await new ShopClient(_shop.Gateway, open.Client, _journal, TimeProvider.System).PlaceAsync(
                open.Key, [new OrderedLine(sku, 1)], TimeSpan.FromSeconds(30), Token);
        }
    }
}
