using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>Whatever stands in the cache that inventory didn't put there is a miss, never an error, and never an answer.</summary>
public sealed class CachePoisonTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private const string Sku = "SKU-0100";
    private const string Key = "inventory:product:" + Sku;
    private const string Right = """{"sku":"SKU-0100","name":"Poison","price":1,"currency":"EUR","available":1}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IDatabase Redis => inventory.Host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();

    public static TheoryData<string> Poison =>
    [
        "",
        "not json",
        "null",
        "[]",
        "42",
        "{}",
        """{"sku":null,"name":"x","price":1,"currency":"EUR","available":1}""",
        """{"sku":"SKU-0001","name":"x","price":"1","currency":"EUR"}""",
        """{"sku":"SKU-0001","name":"x","price":1,"currency":"EUR","available":1""",
        """{"sku":"SKU-0100","name":"x","price":1e999,"currency":"EUR","available":1}""",
        """{"sku":"SKU-0100","name":"\ud800","price":1,"currency":"EUR","available":1}""",
        Right + Right,
        Right.Replace(Sku, "SKU-0101", StringComparison.Ordinal), // another product's answer
        new string('[', 100_000),
        "\0\u0001\u0002",
    ];

    public static TheoryData<string> Encodings => ["UTF-16", "UTF-32", "Latin-1", "a BOM", "gzip", "no UTF-8"];

    [Theory]
    [MemberData(nameof(Poison))]
    public Task Poison_under_a_product_is_a_miss_and_is_replaced(string poison) => AssertMissAsync(poison);

    [Theory]
    [MemberData(nameof(Encodings))]
    public Task An_answer_in_another_encoding_is_a_miss_and_is_replaced(string encoding) => AssertMissAsync(encoding switch
    {
        "UTF-16" => Encoding.Unicode.GetBytes(Right),
        "UTF-32" => Encoding.UTF32.GetBytes(Right),
        "Latin-1" => Encoding.Latin1.GetBytes(Right.Replace("Poison", "Gift für Käufer", StringComparison.Ordinal)),
        "a BOM" => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Right)],
        "gzip" => Zipped(Encoding.UTF8.GetBytes(Right)),
        _ => [.. Encoding.UTF8.GetBytes(Right[..^2]), 0xC3, 0x28],
    });

    [Fact]
    public async Task A_huge_answer_is_a_miss_and_hardly_read()
    {
        await Redis.StringSetAsync("inventory:product:SKU-0110", new string(' ', 64 * 1024 * 1024) + Right);
        using var warm = await inventory.Http.GetAsync("/products/SKU-0111", Token);

        using var reply = await inventory.Http.GetAsync("/products/SKU-0110", Token);

        Assert.Equal((HttpStatusCode.OK, "SKU-0110"), (reply.StatusCode, (await reply.JsonAsync()).Text("sku")));
        Assert.InRange(await Redis.StringLengthAsync("inventory:product:SKU-0110"), 1, 1000); // it was read within the cache's 50 ms, or it would still be there
    }

    [Theory]
    [InlineData("""{"items":[null],"page":1,"size":50,"total":1}""")]
    [InlineData("""{"items":null,"page":1,"size":50,"total":1}""")]
    [InlineData("""{"items":[{}],"page":1,"size":50,"total":1}""")]
    [InlineData("""{"items":[],"page":2,"size":50,"total":1}""")] // another page's answer
    [InlineData("""{"items":[],"page":1,"size":20,"total":1}""")]
    public async Task Poison_under_a_page_is_a_miss(string poison)
    {
        await Redis.StringSetAsync("inventory:page:1:50", poison);

        using var reply = await inventory.Http.GetAsync("/products?page=1&size=50", Token);

        Assert.Equal(50, (await reply.JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Keys_of_another_kind_are_misses_and_are_replaced_and_Redis_is_used_as_before()
    {
        string[] skus = [.. Enumerable.Range(120, 12).Select(static number => $"SKU-0{number}")]; // more than it takes to open the cache's breaker
        foreach (var sku in skus)
        {
            await Redis.ListLeftPushAsync($"inventory:product:{sku}", "x");
            using var reply = await inventory.Http.GetAsync($"/products/{sku}", Token);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }

        foreach (var sku in skus)
        {
            Assert.NotEqual(RedisType.List, await Redis.KeyTypeAsync($"inventory:product:{sku}"));
        }
    }

    private async Task AssertMissAsync(RedisValue poison)
    {
        await Redis.StringSetAsync(Key, poison);

        using var reply = await inventory.Http.GetAsync($"/products/{Sku}", Token);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal((Sku, 1000), ((await reply.JsonAsync()).Text("sku"), (await reply.JsonAsync()).Number("available")));
        Assert.Equal(await reply.JsonTextAsync(), await Redis.StringGetAsync(Key));
    }

    private static byte[] Zipped(byte[] text)
    {
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            zip.Write(text);
        }

        return zipped.ToArray();
    }
}
