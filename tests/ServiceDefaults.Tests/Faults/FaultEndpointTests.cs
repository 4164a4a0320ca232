using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Resilience.Faults;
using Xunit;

namespace ServiceDefaults.Tests.Faults;

public sealed class FaultEndpointTests
{
    [Fact]
    public async Task A_fault_is_begun_seen_and_ended()
    {
        await using var service = await FaultService.StartAsync();

        using var begun = await service.SendAsync(HttpMethod.Put, "/faults/unwell", new { kind = "status", status = 503, retryAfterSeconds = 2, route = "/look", timeToLiveSeconds = 30 });
        using var again = await service.SendAsync(HttpMethod.Put, "/faults/unwell", new { kind = "status", status = 503, retryAfterSeconds = 2, route = "/look", timeToLiveSeconds = 30 });
        using var struck = await service.SendAsync(HttpMethod.Get, "/look", token: null);
        using var seen = await service.SendAsync(HttpMethod.Get, "/faults/unwell");
        using var ended = await service.SendAsync(HttpMethod.Delete, "/faults/unwell");
        using var after = await service.SendAsync(HttpMethod.Get, "/look", token: null);
        using var gone = await service.SendAsync(HttpMethod.Delete, "/faults/unwell");
        using var list = await service.SendAsync(HttpMethod.Get, "/faults");

        Assert.Equal((201, 200, 503, 200, 204, 200, 404), ((int)begun.StatusCode, (int)again.StatusCode, (int)struck.StatusCode, (int)seen.StatusCode, (int)ended.StatusCode, (int)after.StatusCode, (int)gone.StatusCode));
        Assert.Equal((TimeSpan.FromSeconds(2), "unwell"), (struck.Headers.RetryAfter!.Delta, Assert.Single(struck.Headers.GetValues("x-fault-injected"))));
        Assert.Equal("injected_fault", (await TestService.ReadAsync(struck)).GetProperty("code").GetString());
        var fault = await TestService.ReadAsync(seen);
        Assert.Equal(("status", 1L), (fault.GetProperty("kind").GetString(), fault.GetProperty("injected").GetInt64()));
        Assert.InRange(fault.GetProperty("remainingSeconds").GetDouble(), 1, 30);
        var faults = await TestService.ReadAsync(list);
        Assert.Equal((0, 2), (faults.GetProperty("active").GetArrayLength(), faults.GetProperty("ended").GetArrayLength()));
        Assert.Equal("removed", faults.GetProperty("ended")[0].GetProperty("end").GetString());
    }

    [Fact]
    public async Task All_are_ended_at_once()
    {
        await using var service = await FaultService.StartAsync();
        using var one = await service.SendAsync(HttpMethod.Put, "/faults/one", new { kind = "status" });
        using var two = await service.SendAsync(HttpMethod.Put, "/faults/two", new { kind = "abort" });

        using var all = await service.SendAsync(HttpMethod.Delete, "/faults");
        using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.OK), (all.StatusCode, look.StatusCode));
    }

    [Theory]
    [InlineData("""{"kind":"earthquake"}""", "kind")]
    [InlineData("""{"kind":3}""", "kind")]
    [InlineData("""{}""", "Kinds are latency, exception, status, slowBody, abort, processor, memory, threadPool, poolExhaustion.")]
    [InlineData("""null""", "A fault is needed")]
    [InlineData("""{"kind":"status","statuss":500}""", "statuss")]
    [InlineData("""{"kind":"status","status":200}""", "Status is 200, but must be from 400 to 599")]
    [InlineData("""{"kind":"status","timeToLiveSeconds":601}""", "TimeToLive is 00:10:01, but must be from 00:00:00.1000000 to 00:10:00")]
    [InlineData("""{"kind":"latency","latencyMs":1e300}""", "Latency is 11574.01:46:40, but must be from 00:00:00 to 00:10:00")]
    [InlineData("""{"kind":"poolExhaustion"}""", "This service has no pool of connections to exhaust.")]
    [InlineData("""{"kind":""", "kind")]
    [InlineData("", "body")]
    public async Task What_can_not_be_a_fault_is_refused_with_what_is_wrong(string body, string reason)
    {
        await using var service = await FaultService.StartAsync();

        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri("/faults/wrong", UriKind.Relative)) { Content = new StringContent(body) };
        request.Headers.Authorization = new("Bearer", FaultService.Token);
        using var reply = await service.Client.SendAsync(request, TestService.Token);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains(reason, (await TestService.ReadAsync(reply)).GetProperty("errors").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latency_holds_up_a_request_and_only_those_in_its_scope()
    {
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/slow", new { kind = "latency", latencyMs = 300, caller = "ann" });

        async Task<TimeSpan> TimeAsync(string caller)
        {
            var began = Stopwatch.GetTimestamp();
            using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null, headers: ("X-Client-Id", caller));
            Assert.Equal(HttpStatusCode.OK, look.StatusCode);
            return Stopwatch.GetElapsedTime(began);
        }

        await TimeAsync("bob");
        Assert.True(await TimeAsync("ann") >= TimeSpan.FromMilliseconds(290));
        Assert.True(await TimeAsync("bob") < TimeSpan.FromMilliseconds(290));
    }

    [Fact]
    public async Task An_exception_is_answered_as_one()
    {
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/broken", new { kind = "exception" });

        using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null);

        Assert.Equal((500, "internal_error"), ((int)look.StatusCode, (await TestService.ReadAsync(look)).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task An_abort_resets_the_connection()
    {
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/cut", new { kind = "abort" });

        await Assert.ThrowsAsync<HttpRequestException>(() => service.SendAsync(HttpMethod.Get, "/look", token: null));
    }

    [Fact]
    public async Task A_slow_body_comes_in_drips_and_whole()
    {
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/drip", new { kind = "slowBody", bytesPerSecond = 1000 });

        using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null);
        var began = Stopwatch.GetTimestamp();
        var body = await look.Content.ReadAsStringAsync(TestService.Token);

        Assert.Equal(new string('x', 400), body);
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public async Task A_clients_calls_are_struck_where_its_breaker_sees_them()
    {
        await using var neighbour = await FaultService.StartAsync(enabled: false);
        await using var service = await FaultService.StartAsync(settings: [("Resilience:Clients:neighbour:MaxRetries", "0"), ("Resilience:Clients:neighbour:BreakerMinimumThroughput", "5")]);
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/away", new { kind = "exception", client = "neighbour" });

        async Task<int> AskAsync()
        {
            using var reply = await service.SendAsync(HttpMethod.Get, $"/ask/{neighbour.Address.Port}", token: null);
            return (int)reply.StatusCode;
        }

        for (var call = 0; call < 5; call++)
        {
            Assert.Equal(502, await AskAsync());
        }

        Assert.Equal(503, await AskAsync()); // the breaker is open
        Assert.Equal(5, Assert.Single(service.Services.GetRequiredService<FaultGovernor>().List()).Injected);
    }

    [Fact]
    public async Task A_clients_answers_can_be_made_up()
    {
        await using var neighbour = await FaultService.StartAsync(enabled: false);
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/teapot", new { kind = "status", status = 418, client = "neighbour" });

        using var reply = await service.SendAsync(HttpMethod.Get, $"/ask/{neighbour.Address.Port}", token: null);

        Assert.Equal("418", await reply.Content.ReadAsStringAsync(TestService.Token));
    }

    [Fact]
    public async Task Faults_end_when_too_many_requests_fail_that_they_did_not_strike()
    {
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/slow", new { kind = "latency", route = "/look", abortAtFailureRatio = 0.3 });
        for (var request = 0; request < 50; request++)
        {
            using var failed = await service.SendAsync(HttpMethod.Get, "/fail", token: null);
        }

        using var list = await service.SendAsync(HttpMethod.Get, "/faults");

        var faults = await TestService.ReadAsync(list);
        Assert.Equal((0, "aborted"), (faults.GetProperty("active").GetArrayLength(), faults.GetProperty("ended")[0].GetProperty("end").GetString()));
    }

    [Fact]
    public async Task Health_and_the_faults_themselves_are_never_struck()
    {
        await using var service = await FaultService.StartAsync();
        using var put = await service.SendAsync(HttpMethod.Put, "/faults/all", new { kind = "status" });

        using var alive = await service.SendAsync(HttpMethod.Get, "/alive", token: null);
        using var list = await service.SendAsync(HttpMethod.Get, "/faults");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (alive.StatusCode, list.StatusCode));
    }
}
