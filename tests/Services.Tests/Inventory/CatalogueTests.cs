using System.Net;
using Xunit;

namespace Services.Tests.Inventory;

public sealed class CatalogueTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_holds_products_in_the_order_of_their_skus()
    {
        using var reply = await inventory.Http.GetAsync("/products?page=2&size=3", Token);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        var page = await reply.JsonAsync();
        Assert.Equal(["items", "page", "size", "total"], page.EnumerateObject().Select(static property => property.Name));
        Assert.Equal((2, 3, 1000), (page.Number("page"), page.Number("size"), page.Number("total")));
        Assert.Equal(["SKU-0004", "SKU-0005", "SKU-0006"], page.GetProperty("items").EnumerateArray().Select(static item => item.Text("sku")));
        var first = page.GetProperty("items")[0];
        Assert.Equal(["sku", "name", "price", "currency", "available"], first.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(("EUR", 1000), (first.Text("currency"), first.Number("available")));
        Assert.True(first.Number("price") > 0);
    }

    [Fact]
    public async Task Without_a_question_the_first_fifty_come()
    {
        using var reply = await inventory.Http.GetAsync("/products", Token);

        var page = await reply.JsonAsync();
        Assert.Equal((1, 50, 50), (page.Number("page"), page.Number("size"), page.GetProperty("items").GetArrayLength()));
    }

    [Fact]
    public async Task A_page_past_the_last_one_is_empty()
    {
        using var reply = await inventory.Http.GetAsync("/products?page=21&size=50", Token);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(0, (await reply.JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("page=0", "page")]
    [InlineData("page=-1", "page")]
    [InlineData("page=1000001", "page")]
    [InlineData("size=0", "size")]
    [InlineData("size=201", "size")]
    public async Task A_page_out_of_range_is_refused_by_name(string query, string field)
    {
        using var reply = await inventory.Http.GetAsync($"/products?{query}", Token);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("validation", await reply.CodeAsync());
        Assert.True((await reply.JsonAsync()).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Theory]
    [InlineData("page=x")]
    [InlineData("page=99999999999999999999")]
    [InlineData("size=1.5")]
    public async Task A_page_that_is_no_number_is_refused(string query)
    {
        using var reply = await inventory.Http.GetAsync($"/products?{query}", Token);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
    }

    [Fact]
    public async Task A_product_can_be_read()
    {
        using var reply = await inventory.Http.GetAsync("/products/SKU-0042", Token);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal("SKU-0042", (await reply.JsonAsync()).Text("sku"));
    }

    [Theory]
    [InlineData("SKU-9999")]
    [InlineData("sku-0001")] // another case is another SKU
    [InlineData("' or 1=1 --")]
    [InlineData("x%0d%0ainjected: yes")]
    [InlineData("*")]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    public async Task What_is_not_in_the_catalogue_is_not_found(string sku)
    {
        using var reply = await inventory.Http.GetAsync($"/products/{sku}", Token);

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("not_found", await reply.CodeAsync());
    }
}
