using System.IO.Compression;
using System.Net;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>Inventory lies over a real connection: what it says isn't HTTP, isn't JSON, isn't whole, or is far too much.</summary>
/// <remarks>Beside no other test: what the whole process allocates is measured.</remarks>
[Collection(nameof(LyingInventoryTests))]
[CollectionDefinition(nameof(LyingInventoryTests), DisableParallelization = true)]
public sealed class LyingInventoryTests(OrdersHost orders, ITestOutputHelper output) : IClassFixture<OrdersHost>
{
    private const int Piece = 64 * 1024;
    private const int Pieces = 1600; // 100 MiB
    private const long MostTaken = 32L * 1024 * 1024; // what the buffers of a connection on loopback hold, twice over for the second attempt
    private const long MostAllocated = 8L * 1024 * 1024; // an order's own needs, and 256 KiB of an answer, twice

    public static TheoryData<string> Lies =>
    [
        "HTML", "truncated JSON", "truncated body", "not HTTP", "nothing", "endless headers", "endless head", "a wrong chunk", "100 MB", "100 MB in chunks", "100 MB as a refusal", "a gzip bomb", "a small gzip bomb",
    ];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task The_order_is_accepted_the_lie_is_hardly_read_and_it_settles_when_inventory_is_honest(string lie)
    {
        await using var liar = new LyingServer { Answer = LieOf(lie) };
        using var toLiar = new Redirected(liar.Address, orders.Inventory);
        await using var host = OrdersHost.Start(orders.OwnerConnectionString, toLiar);
        await host.StartAsync();
        using var http = host.CreateClient();
        toLiar.IsHonest = true;
        using var steady = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0001", 1)), http);
        toLiar.IsHonest = false;
        var key = OrdersHost.NewKey;

        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var placed = await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), http);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        toLiar.IsHonest = true;
        await orders.RelayAsync(host);

        output.WriteLine($"{lie}: {placed.StatusCode}; {liar.Sent / 1024.0:F0} KiB were taken, {allocated / 1024.0:F0} KiB allocated.");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Accepted), (steady.StatusCode, placed.StatusCode));
        Assert.InRange(liar.Sent, lie == "nothing" ? 0 : 1, MostTaken);
        Assert.InRange(allocated, 0, MostAllocated);
        Assert.Equal(1, await orders.CountAsync("select count(*) from orders o join idempotency_keys k on k.order_id = o.id where k.key = @key and o.status = 'Confirmed'", new { key }));
    }

    private static Lie LieOf(string lie)
    {
        var spaces = new byte[Piece];
        spaces.AsSpan().Fill((byte)' ');
        return lie switch
        {
            "HTML" => Lie.Of("200 OK", "<html>welcome</html>", "Content-Type: text/html"),
            "truncated JSON" => Lie.Of("200 OK", """{"status":"Held","currency":"EUR","lines":[{"sku":"SKU-0"""),
            "truncated body" => Lie.Raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"status\":\"Held\""),
            "not HTTP" => Lie.Raw("220 mail.example ESMTP\r\n"),
            "nothing" => Lie.Raw(""),
            "endless headers" => new("HTTP/1.1 200 OK\r\n", [.. "X-Again: "u8, .. spaces.AsSpan(0, 1024), .. "x\r\n"u8], Pieces * 60),
            "endless head" => new("HTTP/1.1 200 ", spaces, Pieces),
            "a wrong chunk" => Lie.Raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
            "100 MB" => Lie.Long(spaces, Pieces),
            "100 MB in chunks" => Lie.Chunked(spaces, Pieces),
            "100 MB as a refusal" => Lie.Long(spaces, Pieces) with { Head = $"HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\nContent-Length: {(long)Piece * Pieces}\r\n\r\n" },
            "a gzip bomb" => Bomb(Pieces * 1000, 400),
            _ => Bomb(Pieces / 4, 1), // shorter than what is read of an answer
        };
    }

    // So many pieces of zeros, which gzip makes a thousandth of; the piece that it is sent in is of the size that the whole divided by count has.
    private static Lie Bomb(int pieces, int count)
    {
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            var zeros = new byte[Piece];
            for (var piece = 0; piece < pieces / count; piece++)
            {
                zip.Write(zeros);
            }
        }

        // Members of a gzip file follow one another (RFC 1952, 2.2), so many small bombs are a large one.
        return Lie.Long(zipped.ToArray(), count, "Content-Type: application/json\r\nContent-Encoding: gzip");
    }

    /// <summary>Leads to the liar over a connection, or to the inventory that is honest.</summary>
    private sealed class Redirected(string liar, HttpMessageHandler honest) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _liar = new(new SocketsHttpHandler());
        private readonly HttpMessageInvoker _honest = new(honest, disposeHandler: false);

        public bool IsHonest { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsHonest)
            {
                return _honest.SendAsync(request, cancellationToken);
            }

            request.RequestUri = new(new Uri(liar), request.RequestUri!.PathAndQuery);
            return _liar.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _liar.Dispose();
                _honest.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
