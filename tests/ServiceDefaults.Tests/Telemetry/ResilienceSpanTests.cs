using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using ServiceDefaults.Tests.Faults;
using Xunit;

namespace ServiceDefaults.Tests.Telemetry;

/// <summary>What resilience did to a call is on its span, as attributes.</summary>
[Collection("Activity listeners")]
public sealed class ResilienceSpanTests
{
    private static readonly (string, string)[] _onceEach = [("Resilience:Clients:neighbour:MaxRetries", "0")];

    [Fact]
    public async Task A_refusal_by_a_breaker_is_a_span_that_names_the_breaker()
    {
        await using var upstream = await TestService.StartAsync(static app => app.MapGet("/look", static () => Results.StatusCode(500)));
        var spans = await AskAsync(upstream.Address, times: 3, settings: [.. _onceEach, ("Resilience:Clients:neighbour:BreakerMinimumThroughput", "2")]);

        var server = spans.Last(static span => span.Kind == ActivityKind.Server && span.DisplayName.StartsWith("GET /ask", StringComparison.Ordinal));
        var refused = Assert.Single(spans, span => span.ParentSpanId == server.SpanId);
        Assert.Equal(("GET", ActivityKind.Client, ActivityStatusCode.Error), (refused.DisplayName, refused.Kind, refused.Status));
        Assert.Equal(("circuit_breaker", "neighbour"), (refused.GetTagItem("resilience.refused_by"), refused.GetTagItem("resilience.refused_by.name")));
        Assert.Equal("Resilience.CircuitBreakers.CircuitBreakerRejectedException", refused.GetTagItem("error.type"));
        Assert.Equal(upstream.Address.Port, refused.GetTagItem("server.port"));
        Assert.Equal(("circuit_breaker", "neighbour"), (server.GetTagItem("resilience.refused_by"), server.GetTagItem("resilience.refused_by.name")));
        Assert.Single(server.Events, static noted => noted.Name == "resilience.refused");
    }

    [Fact]
    public async Task An_attempt_whose_time_ran_out_says_so_with_its_budget()
    {
        var end = new TaskCompletionSource(); // the deadline ends it on the asking side alone
        await using var upstream = await TestService.StartAsync(app => app.MapGet("/look", () => end.Task));
        var spans = await AskAsync(upstream.Address, settings: [.. _onceEach, ("Resilience:Clients:neighbour:AttemptTimeout", "00:00:00.2")]);
        end.SetResult();

        var server = Server(spans);
        var attempt = Assert.Single(spans, span => span.ParentSpanId == server.SpanId);
        Assert.Equal(("attempt", "timeout"), (attempt.GetTagItem("resilience.deadline.expired"), attempt.GetTagItem("error.type")));
        Assert.Equal(0.2, attempt.GetTagItem("resilience.deadline.budget"));
        Assert.Equal("neighbour-attempt", server.GetTagItem("resilience.deadline.expired"));
    }

    [Fact]
    public async Task A_request_whose_deadline_ran_out_says_so_with_its_budget()
    {
        var end = new TaskCompletionSource(); // the deadline ends it on the asking side alone
        await using var upstream = await TestService.StartAsync(app => app.MapGet("/look", () => end.Task));
        var spans = await AskAsync(upstream.Address, settings: [.. _onceEach, ("ServiceDefaults:Deadlines:Default", "00:00:00.3")]);
        end.SetResult();

        var server = Server(spans);
        Assert.Equal(0.3, server.GetTagItem("resilience.deadline.budget"));
        Assert.NotNull(server.GetTagItem("resilience.deadline.expired"));
        Assert.Equal(504, server.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task A_hedge_and_its_winner_are_on_the_spans_and_the_loser_is_no_error()
    {
        var calls = 0;
        await using var upstream = await TestService.StartAsync(app => app.MapGet("/look", async (HttpContext context) =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            }
        }));
        var spans = await AskAsync(upstream.Address, settings: [.. _onceEach, ("Resilience:Clients:neighbour:HedgeAfter", "00:00:00.1")]);

        var server = Server(spans);
        var sendings = spans.Where(span => span.ParentSpanId == server.SpanId).OrderBy(static span => span.StartTimeUtc).ToArray();
        Assert.Equal(["first", "second"], sendings.Select(static span => span.GetTagItem("resilience.hedge")));
        Assert.Equal(["lost", "won"], sendings.Select(static span => span.GetTagItem("resilience.hedge.outcome")));
        Assert.All(sendings, static span => Assert.NotEqual(ActivityStatusCode.Error, span.Status));
        Assert.Equal("second", server.GetTagItem("resilience.hedge.winner"));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("exception")]
    public async Task An_injected_fault_of_an_outgoing_call_is_a_span_with_its_name(string kind)
    {
        await using var upstream = await TestService.StartAsync(static app => app.MapGet("/look", static () => "here"));
        var spans = await AskAsync(upstream.Address, fault: new { kind, client = "neighbour", status = 500 }, settings: _onceEach);

        var server = Server(spans);
        var attempt = Assert.Single(spans, span => span.ParentSpanId == server.SpanId);
        Assert.Equal(("broken", kind), (attempt.GetTagItem("resilience.fault.name"), attempt.GetTagItem("resilience.fault.kind")));
        Assert.Equal(ActivityStatusCode.Error, attempt.Status);
    }

    [Fact]
    public async Task An_injected_500_is_told_from_a_real_one()
    {
        await using var upstream = await TestService.StartAsync();
        var spans = await AskAsync(upstream.Address, fault: new { kind = "status", status = 500, route = "/ask" });

        var server = Server(spans);
        Assert.Equal((500, "broken", "status"), (
            server.GetTagItem("http.response.status_code"), server.GetTagItem("resilience.fault.name"), server.GetTagItem("resilience.fault.kind")));
        Assert.Single(server.Events, static noted => noted.Name == "resilience.fault.injected");
    }

    private static Activity Server(IEnumerable<Activity> spans) =>
        Assert.Single(spans, static span => span.Kind == ActivityKind.Server && span.DisplayName.StartsWith("GET /ask", StringComparison.Ordinal));

    // All spans are there once the service is disposed. Those of other tests' services are among them: a trace is this one's by the port that it asks for.
    private static async Task<List<Activity>> AskAsync(Uri upstream, int times = 1, object? fault = null, params (string Key, string Value)[] settings)
    {
        var spans = new List<Activity>();
        await using (var service = await FaultService.StartAsync(
            configure: builder => builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddInMemoryExporter(spans)), settings: settings))
        {
            if (fault is not null)
            {
                using var set = await service.SendAsync(HttpMethod.Put, "/faults/broken", fault);
                Assert.Equal(HttpStatusCode.Created, set.StatusCode);
            }

            for (var time = 0; time < times; time++)
            {
                using var answer = await service.SendAsync(HttpMethod.Get, $"/ask/{upstream.Port}", token: null);
            }
        }

        var own = spans.Where(span => Equals(span.GetTagItem("url.path"), $"/ask/{upstream.Port}")).Select(static span => span.TraceId).ToHashSet();
        return [.. spans.Where(span => own.Contains(span.TraceId))];
    }
}
