using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Xunit;

namespace ServiceDefaults.Tests.Telemetry;

[Collection("Activity listeners")]
public sealed class TelemetryTests
{
    [Fact]
    public async Task A_request_and_its_outgoing_attempts_are_one_trace_and_repeats_are_counted()
    {
        await using var upstream = await TestService.StartAsync(Flaky);
        var (service, spans) = await StartAsync(app => app.MapGet("/ask", async (IHttpClientFactory clients) =>
        {
            using var client = clients.CreateClient("upstream");
            using var reply = await client.GetAsync(upstream.Address);
            return reply.StatusCode;
        }));
        var port = service.Address.Port;
        await using (service)
        {
            using var reply = await service.Client.GetAsync(new Uri("/ask", UriKind.Relative), TestService.Token);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }

        var server = Assert.Single(spans, span => span.Kind == ActivityKind.Server && Equals(span.GetTagItem("server.port"), port));
        var attempts = spans.Where(span => span.Kind == ActivityKind.Client && span.ParentSpanId == server.SpanId).OrderBy(static span => span.StartTimeUtc).ToArray();
        Assert.Equal([null, 1], attempts.Select(static span => span.GetTagItem("http.request.resend_count")));
        Assert.Null(attempts[0].GetTagItem("resilience.retry.pause"));
        Assert.InRange(Assert.IsType<double>(attempts[1].GetTagItem("resilience.retry.pause")), 0, 0.1);
        Assert.Equal(1, server.GetTagItem("resilience.retry.count"));
        Assert.Single(server.Events, static noted => noted.Name == "resilience.retry");

        static void Flaky(WebApplication app)
        {
            var calls = 0;
            app.MapGet("/", () => Interlocked.Increment(ref calls) == 1 ? Microsoft.AspNetCore.Http.TypedResults.StatusCode(502) : Microsoft.AspNetCore.Http.TypedResults.StatusCode(200));
        }
    }

    [Fact]
    public async Task Asking_for_health_leaves_no_trace()
    {
        var (service, spans) = await StartAsync(static _ => { });
        var port = service.Address.Port;
        await using (service)
        {
            foreach (var path in (string[])["/health", "/alive", "/startup"])
            {
                using var reply = await service.Client.GetAsync(new Uri(path, UriKind.Relative), TestService.Token);
            }

            using var other = await service.Client.GetAsync(new Uri("/else", UriKind.Relative), TestService.Token);
        }

        Assert.Equal(["/else"], spans
            .Where(span => span.Kind == ActivityKind.Server && Equals(span.GetTagItem("server.port"), port))
            .Select(static span => span.GetTagItem("url.path")));
    }

    [Theory]
    [InlineData("true", HttpStatusCode.OK)]
    [InlineData("false", HttpStatusCode.NotFound)]
    public async Task Prometheus_is_served_when_asked_for(string setting, HttpStatusCode status)
    {
        await using var service = await TestService.StartAsync(settings: ("ServiceDefaults:Metrics:Prometheus", setting));

        using var reply = await service.Client.GetAsync(new Uri("/metrics", UriKind.Relative), TestService.Token);

        Assert.Equal(status, reply.StatusCode);
    }

    // All spans are there once the service is disposed.
    private static async Task<(TestService Service, List<Activity> Spans)> StartAsync(Action<WebApplication> map)
    {
        var spans = new List<Activity>();
        var service = await TestService.StartAsync(
            map, builder => builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddInMemoryExporter(spans)));
        return (service, spans);
    }
}
