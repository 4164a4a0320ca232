using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>What clients send by mistake or on purpose: refused by name, and nothing is ordered.</summary>
public sealed class BadOrderTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Fields => new()
    {
        { """{"lines":[{"sku":"SKU-0001","quantity":0}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":-1}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":1001}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":2147483648}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":1e999}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":1.5}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":"1"}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":true}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":null}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001"}]}""", "lines[0].quantity" },
        { """{"lines":[{"sku":"SKU-0001","quantity":1},{"sku":"SKU-0002","quantity":[]}]}""", "lines[1].quantity" },
        { """{"lines":[{"sku":null,"quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":"","quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":"sku-0001","quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":17,"quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":"SKU-0001'; drop table orders; --","quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":"SKU\r\nfatal: all is lost","quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":"inventory:product:*","quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[{"sku":"<script>alert(1)</script>","quantity":1}]}""", "lines[0].sku" },
        { $$"""{"lines":[{"sku":"{{new string('A', 1_000_000)}}","quantity":1}]}""", "lines[0].sku" },
        { """{"lines":[null]}""", "lines[0].sku" },
        { """{"lines":[]}""", "lines" },
        { """{"lines":null}""", "lines" },
        { "{}", "lines" },
        { """{"lines":{}}""", "lines" },
        { """{"lines":"SKU-0001"}""", "lines" },
        { OrdersHost.Body([.. Enumerable.Repeat(("SKU-0001", 1), 101)]), "lines" },
        { OrdersHost.Body([.. Enumerable.Repeat(("SKU-0001", 1), 10_001)]), "lines" },
    };

    public static TheoryData<string> Unreadable =>
    [
        "",
        "null",
        "[]",
        "42",
        "not json",
        """{"lines":[{"sku":"SKU-0001","quantity":1}]""",
        """{"lines":[{"sku":"SKU-0001","quantity":1}]}}""",
        """{"lines":[{"sku":"SKU-0001","quantity":1}],"lines":[]}""",
        """{"lines":[{"sku":"SKU-0001","quantity":1,"quantity":2}]}""",
        """{'lines':[]}""",
        new string('[', 100_000),
        string.Concat(Enumerable.Repeat("""{"lines":""", 10_000)),
    ];

    public static TheoryData<string, byte[], HttpStatusCode[]> Encodings => new()
    {
        { "application/json", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(OrdersHost.Body(("SKU-0001", 1)))], [HttpStatusCode.BadRequest] },
        { "application/json", Encoding.BigEndianUnicode.GetBytes(OrdersHost.Body(("SKU-0001", 1))), [HttpStatusCode.BadRequest] },
        { "application/json", [.. "{\"lines\":[{\"sku\":\"SKU-"u8, 0xC3, 0x28, .. "\",\"quantity\":1}]}"u8], [HttpStatusCode.BadRequest] },
        { "application/json; charset=utf-16", Encoding.Unicode.GetBytes(OrdersHost.Body(("SKU-0001", 1))), [HttpStatusCode.BadRequest, HttpStatusCode.UnsupportedMediaType] },
        { "text/plain", Encoding.UTF8.GetBytes(OrdersHost.Body(("SKU-0001", 1))), [HttpStatusCode.UnsupportedMediaType] },
        { "application/x-www-form-urlencoded", "lines=1"u8.ToArray(), [HttpStatusCode.UnsupportedMediaType] },
        { "application/json; charset=no-such", Encoding.UTF8.GetBytes(OrdersHost.Body(("SKU-0001", 1))), [HttpStatusCode.BadRequest, HttpStatusCode.UnsupportedMediaType] },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task A_field_that_is_wrong_is_named(string body, string field)
    {
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, body);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains(await reply.CodeAsync(), (string[])["validation", "bad_request"]);
        Assert.Equal(field, Assert.Single((await reply.JsonAsync()).GetProperty("errors").EnumerateObject(), error => error.Name == field).Name);
        Assert.InRange((await reply.JsonTextAsync()).Length, 1, 20_000); // what was sent isn't sent back
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_body_that_is_no_order_is_refused(string body)
    {
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, body);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Another_encoding_or_kind_is_refused(string contentType, byte[] body, HttpStatusCode[] expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.Add("Idempotency-Key", OrdersHost.NewKey);
        using var reply = await orders.Http.SendAsync(request, Token);

        Assert.Contains(reply.StatusCode, expected);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
    }

    // RFC 8259, 8.1: a sender must not write one, a reader may ignore it.
    [Fact]
    public async Task A_byte_order_mark_before_UTF_8_is_ignored()
    {
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, "﻿" + OrdersHost.Body(("SKU-0001", 1)));

        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
    }

    [Fact]
    public async Task A_price_of_the_clients_own_is_ignored()
    {
        using var reply = await orders.PlaceAsync(
            OrdersHost.NewKey, """{"total":1,"currency":"XXX","lines":[{"sku":"SKU-0001","quantity":2,"price":1,"unitPrice":1}]}""");

        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        Assert.Equal((2 * FakeInventory.Price, "EUR"), ((await reply.JsonAsync()).Number("total"), (await reply.JsonAsync()).Text("currency")));
    }

    [Fact]
    public async Task The_same_product_twice_is_one_line()
    {
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, ("SKU-0001", 2), ("SKU-0002", 1), ("SKU-0001", 3));

        var lines = (await reply.JsonAsync()).GetProperty("lines").EnumerateArray().Select(static line => (line.Text("sku"), line.Number("quantity")));
        Assert.Equal([("SKU-0001", 5), ("SKU-0002", 1)], lines);
    }

    [Theory]
    [InlineData("Robert'); drop table orders; --")]
    [InlineData("x\u00e9\u00fc")]
    [InlineData("client:*")]
    [InlineData("%s%s%n {0} {Client}")]
    public async Task A_client_of_any_name_is_only_a_name(string client)
    {
        using var placed = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), client: Uri.EscapeDataString(client));
        using var raw = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), client: client.Replace('é', 'e').Replace('ü', 'u'));
        using var list = await orders.GetAsync("/orders", client.Replace('é', 'e').Replace('ü', 'u'));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (placed.StatusCode, raw.StatusCode));
        Assert.Equal(1, (await list.JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("/orders/not-a-guid")]
    [InlineData("/orders/1%20or%201=1")]
    [InlineData("/orders/..%2f..%2fetc%2fpasswd")]
    public async Task A_path_that_names_no_order_is_not_found(string path)
    {
        using var reply = await orders.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("not_found", await reply.CodeAsync());
    }
}
