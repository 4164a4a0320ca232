using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using ServiceDefaults.Telemetry;
using Xunit;

namespace ServiceDefaults.Tests.Telemetry;

/// <summary>Calls that belong to nothing make no trace.</summary>
[Collection("Activity listeners")]
public sealed class PeriodicWorkTraceTests
{
    private const string Work = "ServiceDefaults.Tests.Work";
    private static readonly ActivitySource _work = new(Work);

    [Fact]
    public async Task A_poll_makes_no_trace_and_work_that_it_found_makes_one_with_its_calls()
    {
        await using var upstream = await TestService.StartAsync(static app => app.MapGet("/", static () => "nothing to do"));
        var spans = new List<Activity>();
        await using (var service = await TestService.StartAsync(
            configure: builder => builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddInMemoryExporter(spans))))
        {
            using var client = service.Services.GetRequiredService<IHttpClientFactory>().CreateClient("store");
            await client.GetStringAsync(upstream.Address, TestService.Token);
            using var work = _work.StartActivity("work", ActivityKind.Consumer, parentContext: default);
            await client.GetStringAsync(upstream.Address, TestService.Token);
        }

        var mine = spans.Where(span => span.Source.Name == Work || Equals(span.GetTagItem("server.port"), upstream.Address.Port)).ToArray();
        var found = Assert.Single(mine, static span => span.Kind == ActivityKind.Consumer);
        Assert.Single(mine, static span => span.Kind == ActivityKind.Client);
        Assert.All(mine, span => Assert.Equal(found.TraceId, span.TraceId));
    }

    [Theory]
    [InlineData(null, SamplingDecision.RecordAndSample)]
    [InlineData("always_off", SamplingDecision.Drop)]
    [InlineData("parentbased_always_off", SamplingDecision.Drop)]
    public void What_the_environment_asks_for_decides_about_all_other_spans(string? sampler, SamplingDecision decision)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("OTEL_TRACES_SAMPLER", sampler)]).Build();

        var result = WorkSampler.From(configuration).ShouldSample(new(default, ActivityTraceId.CreateRandom(), "GET /orders", ActivityKind.Server));

        Assert.Equal(decision, result.Decision);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("always_on")] // as Aspire sets it
    [InlineData("traceidratio")]
    public void What_a_dropped_span_calls_is_dropped_too_in_this_process_and_in_the_next(string? sampler)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("OTEL_TRACES_SAMPLER", sampler)]).Build();
        var sampled = WorkSampler.From(configuration);

        Assert.All((bool[])[false, true], isRemote =>
        {
            var dropped = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None, traceState: null, isRemote);
            Assert.Equal(SamplingDecision.Drop, sampled.ShouldSample(new(dropped, dropped.TraceId, "SELECT orders", ActivityKind.Server)).Decision);
        });
    }
}
