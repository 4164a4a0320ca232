using System.Net;
using System.Text.Json;
using Services.Tests.Orders;
using Xunit;

namespace Services.Tests.Inventory;

public sealed class BadReservationTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":0}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":-1}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":100001}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":9223372036854775808}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":1e999}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":"1"}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001","quantity":null}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"SKU-0001"}]}""", "lines[0].quantity")]
    [InlineData("""{"lines":[{"sku":"' or 1=1 --","quantity":1}]}""", "lines[0].sku")]
    [InlineData("""{"lines":[{"sku":null,"quantity":1}]}""", "lines[0].sku")]
    [InlineData("""{"lines":[null]}""", "lines[0].sku")]
    [InlineData("""{"lines":[]}""", "lines")]
    [InlineData("{}", "lines")]
    public async Task A_field_that_is_wrong_is_named(string body, string field)
    {
        using var content = new StringContent(body, mediaType: new("application/json"));
        using var reply = await inventory.Http.PutAsync($"/reservations/{Guid.NewGuid()}", content, Token);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.True((await reply.JsonAsync()).GetProperty("errors").TryGetProperty(field, out _), await reply.JsonTextAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"lines\":[")]
    public async Task A_body_that_is_no_reservation_is_refused(string body)
    {
        using var content = new StringContent(body, mediaType: new("application/json"));
        using var reply = await inventory.Http.PutAsync($"/reservations/{Guid.NewGuid()}", content, Token);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_restock_counts_once()
    {
        var restock = Guid.NewGuid();
        for (var repetition = 0; repetition < 2; repetition++)
        {
            using var content = new StringContent("""{"sku":"SKU-0400","quantity":25}""", mediaType: new("application/json"));
            using var reply = await inventory.Http.PutAsync($"/restocks/{restock}", content, Token);
            Assert.Equal(HttpStatusCode.NoContent, reply.StatusCode);
        }

        Assert.Equal(new(1025, 0, 0), await inventory.StockOfAsync("SKU-0400"));
        await inventory.AssertConservedAsync();
    }

    [Fact]
    public async Task The_contract_is_documented()
    {
        var document = JsonSerializer.Deserialize<JsonElement>(await inventory.Http.GetStringAsync("/openapi/v1.json", Token));

        var paths = document.GetProperty("paths");
        Assert.Equal(["200", "400", "503", "504"], OrdersStoreTests.Statuses(paths, "/products", "get"));
        Assert.Equal(["200", "404", "503", "504"], OrdersStoreTests.Statuses(paths, "/products/{sku}", "get"));
        Assert.Equal(["200", "400", "409", "413", "415", "503", "504"], OrdersStoreTests.Statuses(paths, "/reservations/{orderId}", "put"));
        Assert.Equal(["200", "404", "409", "503", "504"], OrdersStoreTests.Statuses(paths, "/reservations/{orderId}/confirm", "post"));
        Assert.Equal(["200", "503", "504"], OrdersStoreTests.Statuses(paths, "/reservations/{orderId}/release", "post"));
    }
}
