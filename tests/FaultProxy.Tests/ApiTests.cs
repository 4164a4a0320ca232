using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>Toxiproxy's HTTP API, as its clients rely on it.</summary>
public sealed class ApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Says_the_version_of_the_API()
    {
        await using var proxy = await RunningProxy.StartAsync();

        Assert.Equal("""{"version":"2.9.0"}""", (await proxy.SendAsync(HttpMethod.Get, "/version")).ToJsonString());
    }

    [Fact]
    public async Task Shows_a_proxy_with_its_toxics()
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.AddAsync("latency", new { latency = 10 }, "upstream", toxicity: 0.25);

        var shown = (await proxy.SendAsync(HttpMethod.Get, "/proxies"))["edge"]!;

        Same(
            $$$"""
            {"name":"edge","listen":"127.0.0.1:{{{proxy.Edge.Port}}}","upstream":"{{{proxy.Server.Address}}}","enabled":true,
             "toxics":[{"name":"latency_upstream","type":"latency","stream":"upstream","toxicity":0.25,"attributes":{"latency":10,"jitter":0}}]}
            """,
            shown);
        Same(shown.ToJsonString(), await proxy.SendAsync(HttpMethod.Get, "/proxies/edge"));
        Same(shown["toxics"]!.ToJsonString(), await proxy.SendAsync(HttpMethod.Get, "/proxies/edge/toxics"));
        Same(shown["toxics"]![0]!.ToJsonString(), await proxy.SendAsync(HttpMethod.Get, "/proxies/edge/toxics/latency_upstream"));
    }

    [Fact]
    public async Task Answers_with_Toxiproxys_statuses()
    {
        await using var proxy = await RunningProxy.StartAsync();
        var other = new { name = "other", upstream = proxy.Server.Address };
        var toxic = new { type = "slicer", attributes = new { average_size = 9, size_variation = 2, delay = 1 } };

        Assert.Equal(201, (await proxy.CallAsync(HttpMethod.Post, "/proxies", other)).Status);
        Assert.Equal(200, (await proxy.CallAsync(HttpMethod.Post, "/proxies/other", new { enabled = true })).Status);
        Assert.Equal(201, (await proxy.CallAsync(HttpMethod.Post, "/populate", new[] { other })).Status);
        Assert.Equal(200, (await proxy.CallAsync(HttpMethod.Post, "/proxies/other/toxics", toxic)).Status);
        Assert.Equal(200, (await proxy.CallAsync(HttpMethod.Post, "/proxies/other/toxics/slicer_downstream", toxic)).Status);
        Assert.Equal(204, (await proxy.CallAsync(HttpMethod.Delete, "/proxies/other/toxics/slicer_downstream")).Status);
        Assert.Equal(204, (await proxy.CallAsync(HttpMethod.Post, "/reset")).Status);
        Assert.Equal(204, (await proxy.CallAsync(HttpMethod.Delete, "/proxies/other")).Status);
    }

    [Theory]
    [InlineData("GET", "/proxies/none", null, 404, "proxy not found")]
    [InlineData("PATCH", "/proxies/none", "{}", 404, "proxy not found")]
    [InlineData("DELETE", "/proxies/none", null, 404, "proxy not found")]
    [InlineData("GET", "/proxies/none/toxics", null, 404, "proxy not found")]
    [InlineData("POST", "/proxies/none/toxics", "{}", 404, "proxy not found")]
    [InlineData("GET", "/proxies/edge/toxics/none", null, 404, "toxic not found")]
    [InlineData("PATCH", "/proxies/edge/toxics/none", "{}", 404, "toxic not found")]
    [InlineData("DELETE", "/proxies/edge/toxics/none", null, 404, "toxic not found")]
    [InlineData("POST", "/proxies", """{"name":"edge","upstream":"localhost:1"}""", 409, "proxy already exists")]
    [InlineData("POST", "/proxies", """{"upstream":"localhost:1"}""", 400, "missing required field: name")]
    [InlineData("POST", "/proxies", """{"name":"x"}""", 400, "missing required field: upstream")]
    [InlineData("POST", "/proxies", "{", 400, "bad request body: *")]
    [InlineData("POST", "/proxies", "null", 400, "bad request body: *")]
    [InlineData("POST", "/proxies", "", 400, "bad request body: *")]
    [InlineData("POST", "/populate", """[{"name":"x","upstream":"localhost:1"},{"name":"x","upstream":"localhost:2"}]""", 400, "bad request body: *")]
    [InlineData("POST", "/populate", """[{"name":"x"}]""", 400, "missing required field: upstream")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"latency","stream":"sideways"}""", 400, "stream was invalid, can be either upstream or downstream")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"gremlin"}""", 400, "invalid toxic type")]
    [InlineData("POST", "/proxies/edge/toxics", """{"name":"nameless kind"}""", 400, "invalid toxic type")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"latency","name":"there"}""", 409, "toxic already exists")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"latency","attributes":{"latency":"soon"}}""", 400, "bad request body: *")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"latency","attributes":{"latency":-1}}""", 400, "bad request body: *")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"latency","toxicity":1.5}""", 400, "bad request body: toxicity is 1.5. It is a share, from 0 to 1.")]
    [InlineData("POST", "/proxies/edge/toxics", """{"type":"slicer","attributes":{"average_size":5,"size_variation":5}}""", 400, "bad request body: size_variation is 5, which is not less than the average_size of 5.")]
    [InlineData("PATCH", "/proxies/edge/toxics/there", """{"attributes":{"bytes":-1}}""", 400, "bad request body: *")]
    public async Task Says_errors_as_Toxiproxy_does(string method, string path, string? body, int status, string error)
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.SendAsync(HttpMethod.Post, "/proxies/edge/toxics", new { name = "there", type = "limit_data", attributes = new { bytes = 1_000_000 } });

        // As curl sends a body when it is told no content type.
        var (answered, answer) = await proxy.CallAsync(
            HttpMethod.Parse(method), path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"));

        Assert.Equal((status, status), (answered, answer!["status"]!.GetValue<int>()));
        var said = answer["error"]!.GetValue<string>();
        Assert.True(error.EndsWith('*') ? said.StartsWith(error[..^1], StringComparison.Ordinal) : said == error, said);
    }

    [Theory]
    [InlineData("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "User agent not allowed")]
    [InlineData("Origin", "http://evil.example", "User agent not allowed")]
    [InlineData("Host", "evil.example", "Host not allowed: call this port as localhost")]
    public async Task Lets_no_browser_in(string header, string value, string error)
    {
        await using var proxy = await RunningProxy.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/reset");
        request.Headers.TryAddWithoutValidation(header, value);

        using var reply = await proxy.Admin.SendAsync(request, Token);

        Assert.Equal(403, (int)reply.StatusCode);
        Assert.Equal(error, JsonNode.Parse(await reply.Content.ReadAsStringAsync(Token))!["error"]!.GetValue<string>());
    }

    [Fact]
    public async Task Reset_puts_all_up_and_takes_all_toxics_away()
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.AddAsync("latency", new { latency = 5000 });
        await proxy.AddAsync("latency", new { latency = 5000 }, "upstream");
        await proxy.SendAsync(HttpMethod.Post, "/proxies/edge", new { enabled = false });

        await proxy.SendAsync(HttpMethod.Post, "/reset");

        var edge = await proxy.SendAsync(HttpMethod.Get, "/proxies/edge");
        Assert.True(edge["enabled"]!.GetValue<bool>());
        Assert.Empty(edge["toxics"]!.AsArray());
        using var client = await proxy.ConnectAsync();
        Assert.InRange(await client.EchoAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Populate_makes_what_is_missing_and_keeps_what_is_the_same()
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.AddAsync("latency", new { latency = 1 });
        using var client = await proxy.ConnectAsync();
        await client.EchoAsync();

        var answer = await proxy.SendAsync(HttpMethod.Post, "/populate", new object[]
        {
            new { name = "edge", listen = $"127.0.0.1:{proxy.Edge.Port}", upstream = proxy.Server.Address },
            new { name = "off", upstream = proxy.Server.Address, enabled = false },
        });

        Assert.Equal(["edge", "off"], answer["proxies"]!.AsArray().Select(static made => made!["name"]!.GetValue<string>()));
        Assert.False(answer["proxies"]![1]!["enabled"]!.GetValue<bool>());
        Assert.Single(answer["proxies"]![0]!["toxics"]!.AsArray());
        await client.EchoAsync(); // it was not dropped
    }

    [Fact]
    public async Task What_an_update_leaves_out_stays()
    {
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.AddAsync("latency", new { latency = 10, jitter = 3 }, toxicity: 0.5);

        var changed = await proxy.SendAsync(HttpMethod.Patch, "/proxies/edge/toxics/latency_downstream", new { attributes = new { latency = 20 } });

        Same("""{"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":0.5,"attributes":{"latency":20,"jitter":3}}""", changed);
    }

    private static void Same(string expected, JsonNode actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());
}
