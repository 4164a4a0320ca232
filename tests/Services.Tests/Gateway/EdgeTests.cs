using System.Diagnostics;
using System.Net;
using Xunit;

namespace Services.Tests.Gateway;

/// <summary>What comes from outside is cleaned, bounded, or refused.</summary>
public sealed class EdgeTests : IAsyncLifetime
{
    private const string Sane = "GET /api/products HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n";
    private GatewayHost _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayHost.StartAsync();

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("X-Forwarded-For", "6.6.6.6")]
    [InlineData("X-Forwarded-Host", "evil")]
    [InlineData("Forwarded", "for=6.6.6.6")]
    [InlineData("x-request-priority", "critical")]
    [InlineData("x-envoy-retry-on", "5xx")]
    [InlineData("baggage", "tenant=evil")]
    [InlineData("Cookie", "a=b")]
    [InlineData("Authorization", "Bearer canary")]
    [InlineData("X-Api-Key", "canary")]
    [InlineData("grpc-timeout", "1S")]
    public async Task What_must_not_come_from_outside_does_not_get_in(string header, string value)
    {
        using var reply = await _gateway.GetAsync("/api/products", (header, value));

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.DoesNotContain(header, Assert.Single(_gateway.Inventory.Requests).Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null, "ip:127.0.0.1")]
    [InlineData("canary", "key:e100fbce008c04ec40637af0af91fb2f")]
    public async Task A_client_is_its_key_hashed_or_its_address_whatever_it_says(string? key, string id)
    {
        (string, string)[] headers = [("X-Client-Id", "key:stolen"), ("X-Forwarded-For", "6.6.6.6"), .. key is null ? [] : new[] { ("X-Api-Key", key) }];

        using var reply = await _gateway.GetAsync("/api/products", headers);

        Assert.Equal(id, Assert.Single(_gateway.Inventory.Requests).Headers["X-Client-Id"]);
    }

    [Fact]
    public async Task Eight_KB_of_baggage_reach_no_service()
    {
        using var reply = await _gateway.GetAsync("/api/products", ("baggage", $"a={new string('b', 8_000)}"));

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.DoesNotContain(Assert.Single(_gateway.Inventory.Requests).Headers, static header => header.Value.Length > 1_000);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-01")]
    public async Task A_garbage_traceparent_starts_a_new_trace(string traceparent)
    {
        using var reply = await _gateway.GetAsync("/api/products", ("traceparent", traceparent));

        Assert.True(ActivityContext.TryParse(Assert.Single(_gateway.Inventory.Requests).Headers["traceparent"], null, out var context));
        Assert.NotEqual(default, context.TraceId);
    }

    [Theory]
    [InlineData("-5", 3_000, 3_800)] // nonsense: the default 10 s, so inventory's attempt timeout of 4 s less 5 %
    [InlineData("NaN", 3_000, 3_800)]
    [InlineData("99999999999999999999", 3_000, 3_800)]
    [InlineData("2000", 1_500, 1_900)]
    public async Task A_deadline_from_outside_is_read_and_bounded(string milliseconds, int from, int to)
    {
        using var reply = await _gateway.GetAsync("/api/products", ("x-envoy-expected-rq-timeout-ms", milliseconds));

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.InRange(int.Parse(_gateway.Inventory.Requests.Single().Headers["x-envoy-expected-rq-timeout-ms"], System.Globalization.CultureInfo.InvariantCulture), from, to);
    }

    [Fact]
    public async Task A_client_in_a_hurry_gets_50_ms()
    {
        _gateway.Inventory.Answer = static context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);

        using var reply = await _gateway.GetAsync("/api/products", ("grpc-timeout", "0m"));
        var problem = await GatewayHost.ReadAsync(reply);

        Assert.Equal(HttpStatusCode.GatewayTimeout, reply.StatusCode);
        Assert.Equal("deadline_exceeded", problem.GetProperty("code").GetString());
        Assert.Equal(50, problem.GetProperty("budgetMs").GetInt64());
    }

    [Theory]
    [InlineData("POST /api/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("POST /api/orders HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n X: y\r\n\r\n{}")]
    [InlineData("GET /api/products HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/products HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /api/products HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n")]
    public async Task A_request_of_two_readings_is_400(string request)
    {
        Assert.Equal(400, await _gateway.SendRawAsync(request));
        Assert.All(_gateway.Orders, static replica => Assert.Empty(replica.Requests));
    }

    [Fact]
    public async Task A_long_URL_is_414() =>
        Assert.Equal(414, await _gateway.SendRawAsync($"GET /api/products?x={new string('a', 9_000)} HTTP/1.1\r\nHost: shop\r\n\r\n"));

    [Fact]
    public async Task Large_or_many_headers_are_431()
    {
        Assert.Equal(431, await _gateway.SendRawAsync($"{Sane}X: {new string('a', 33_000)}\r\n\r\n"));
        Assert.Equal(431, await _gateway.SendRawAsync($"{Sane}{string.Concat(Enumerable.Range(0, 101).Select(static n => $"X{n}: a\r\n"))}\r\n"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_body_is_413(bool saysSo)
    {
        var body = new string('a', 70_000);
        var request = saysSo
            ? $"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: {body.Length}\r\n\r\n"
            : $"POST /api/orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n";
        foreach (var replica in _gateway.Orders)
        {
            replica.Answer = static async context => await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        }

        Assert.Equal(413, await _gateway.SendRawAsync(request));
    }

    [Fact]
    public async Task Nothing_says_what_server_this_is_and_nothing_is_sniffed()
    {
        using var reply = await _gateway.GetAsync("/api/products");

        Assert.False(reply.Headers.Contains("Server"));
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
    }
}
