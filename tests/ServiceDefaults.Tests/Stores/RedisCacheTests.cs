using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using ServiceDefaults.Tests.Health;
using StackExchange.Redis;
using Xunit;

namespace ServiceDefaults.Tests.Stores;

/// <summary>Redis as a cache, over Aspire's client.</summary>
[Collection("Activity listeners")]
public sealed class RedisCacheTests
{
    [Fact]
    public async Task A_command_is_a_span_of_its_request_under_the_conventions_and_a_PING_of_a_check_makes_no_trace()
    {
        await using var redis = new FakeRedis();
        var spans = new List<Activity>();
        var (host, port) = ("127.0.0.1", redis.Port);
        await using (var service = await StartAsync($"{host}:{port},asyncTimeout=2000", spans))
        {
            await service.UntilHealthAsync(static health => HealthReplies.Of("cache", health).GetProperty("results").GetInt64() > 0);
            using var reply = await service.GetAsync("/kept");
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }

        var request = Assert.Single(spans, static span => span.DisplayName == "GET /kept");
        var command = Assert.Single(spans, span => span.GetTagItem("server.port") is int at && at == port);
        Assert.Equal(("GET", ActivityKind.Client), (command.DisplayName, command.Kind));
        Assert.Equal((request.TraceId, request.SpanId), (command.TraceId, command.ParentSpanId));
        Assert.Equal(("redis", "GET"), (command.GetTagItem("db.system.name"), command.GetTagItem("db.operation.name")));
        Assert.Null(command.GetTagItem("db.system"));
        Assert.Equal(ActivityStatusCode.Unset, command.Status);
    }

    [Fact]
    public async Task Without_Redis_a_service_starts_within_a_few_seconds_and_is_degraded()
    {
        var starting = Stopwatch.StartNew();
        await using var service = await StartAsync("127.0.0.1:1", []);
        Assert.InRange(starting.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10)); // 1 s, and what a busy machine adds

        var (status, health) = await service.UntilHealthAsync(static health => HealthReplies.Of("cache", health).GetProperty("results").GetInt64() > 0);

        Assert.Equal((HttpStatusCode.OK, "Degraded"), (status, HealthReplies.StatusOf("cache", health)));
    }

    private static Task<TestService> StartAsync(string connectionString, List<Activity> spans) => TestService.StartAsync(
        static app => app.MapGet("/kept", static async (IConnectionMultiplexer redis) => (await redis.GetDatabase().StringGetAsync("key")).HasValue),
        builder =>
        {
            builder.AddRedisCache("cache");
            builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddInMemoryExporter(spans));
        },
        settings: ("ConnectionStrings:cache", connectionString));
}
