using System.Net;
using Xunit;

namespace Services.Tests.Gateway;

/// <summary>A service behind the gateway lies. The gateway reads no body, so it hands on what is whole, a piece at a time, and what isn't HTTP is a 502.</summary>
/// <remarks>Beside no other test: what the whole process allocates is measured.</remarks>
[Collection(nameof(LyingUpstreamTests))]
[CollectionDefinition(nameof(LyingUpstreamTests), DisableParallelization = true)]
public sealed class LyingUpstreamTests(ITestOutputHelper output)
{
    private const int Piece = 64 * 1024;
    private const int Pieces = 1600; // 100 MiB
    private const long MostAllocated = 10L * 1024 * 1024; // a tenth of what passes; buffers and tasks of three servers in one process

    [Theory]
    [InlineData("not HTTP")]
    [InlineData("nothing")]
    [InlineData("endless headers")]
    [InlineData("endless head")]
    public async Task What_is_not_HTTP_is_502_and_hardly_read(string lie)
    {
        await using var liar = new LyingServer
        {
            Answer = lie switch
            {
                "not HTTP" => Lie.Raw("220 mail.example ESMTP\r\n"),
                "nothing" => Lie.Raw(""),
                "endless headers" => new("HTTP/1.1 200 OK\r\n", [.. "X-Again: "u8, .. new string('x', 1024).Select(static letter => (byte)letter), .. "\r\n"u8], Pieces * 60),
                _ => new("HTTP/1.1 200 ", [.. Enumerable.Repeat((byte)' ', Piece)], Pieces),
            },
        };
        await using var gateway = await StartAsync(liar);

        using var reply = await gateway.GetAsync("/api/products");

        Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        var problem = await GatewayHost.ReadAsync(reply);
        Assert.Equal(("bad_gateway", "inventory"), (problem.GetProperty("code").GetString(), problem.GetProperty("dependency").GetString()));
        Assert.InRange(liar.Sent, lie == "nothing" ? 0 : 1, 32L * 1024 * 1024); // what a connection's buffers hold
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"items\":[")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"items\":[\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"items\":[\r\nzz\r\n")]
    public async Task Half_an_answer_never_looks_whole(string half)
    {
        await using var liar = new LyingServer { Answer = Lie.Raw(half) };
        await using var gateway = await StartAsync(liar);

        try
        {
            using var reply = await gateway.GetAsync("/api/products");
            Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        }
        catch (HttpRequestException cut)
        {
            Assert.IsAssignableFrom<IOException>(cut.InnerException); // it had begun, so all that is left is to break it off
        }
    }

    [Fact]
    public async Task What_calls_itself_JSON_and_is_HTML_is_handed_on_as_it_is()
    {
        await using var liar = new LyingServer { Answer = Lie.Of("200 OK", "<html>welcome</html>") };
        await using var gateway = await StartAsync(liar);

        using var reply = await gateway.GetAsync("/api/products");

        Assert.Equal((HttpStatusCode.OK, "<html>welcome</html>"), (reply.StatusCode, await reply.JsonTextAsync()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hundred_megabytes_pass_in_constant_memory(bool inChunks)
    {
        var spaces = new byte[Piece];
        spaces.AsSpan().Fill((byte)' ');
        await using var liar = new LyingServer();
        await using var gateway = await StartAsync(liar);
        using var warm = await gateway.GetAsync("/api/products");
        liar.Answer = inChunks ? Lie.Chunked(spaces, Pieces) : Lie.Long(spaces, Pieces);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var reply = await gateway.Client.GetAsync("/api/products", HttpCompletionOption.ResponseHeadersRead, GatewayHost.Token);
        var passed = await CountAsync(reply);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        output.WriteLine($"{passed / 1024 / 1024} MiB passed, {(inChunks ? "in chunks" : "with their length")}; {allocated / 1024.0:F0} KiB were allocated.");
        Assert.Equal((long)Piece * Pieces, passed);
        Assert.InRange(allocated, 0, MostAllocated);
    }

    [Fact]
    public async Task A_gzip_bomb_passes_unopened()
    {
        var bomb = new byte[Piece];
        await using var liar = new LyingServer { Answer = Lie.Long(bomb, 10, "Content-Type: application/json\r\nContent-Encoding: gzip") };
        await using var gateway = await StartAsync(liar);

        using var reply = await gateway.GetAsync("/api/products");

        Assert.Equal("gzip", Assert.Single(reply.Content.Headers.ContentEncoding));
        Assert.Equal(10L * Piece, await CountAsync(reply)); // byte for byte: who asked for it opens it, or doesn't
    }

    private static Task<GatewayHost> StartAsync(LyingServer liar) => GatewayHost.StartAsync(("services:inventory:http:0", liar.Address));

    private static async Task<long> CountAsync(HttpResponseMessage reply)
    {
        await using var body = await reply.Content.ReadAsStreamAsync(GatewayHost.Token);
        var (buffer, count) = (new byte[Piece], 0L);
        while (await body.ReadAsync(buffer, GatewayHost.Token) is > 0 and var read)
        {
            count += read;
        }

        return count;
    }
}
