using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Resilience.Telemetry;
using ServiceDefaults.Health;
using ServiceDefaults.Http;

namespace ServiceDefaults.Telemetry;

/// <summary>Logs, metrics and traces under OpenTelemetry's conventions, sent where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says, or nowhere.</summary>
internal static class TelemetryExtensions
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private const string Prometheus = "ServiceDefaults:Metrics:Prometheus";

    // Each writes a line or more for every request or command; what they say is in the traces.
    private static readonly string[] _chatty = ["Microsoft.AspNetCore", "Npgsql", "Polly", "StackExchange.Redis", "System.Net.Http.HttpClient", "Yarp"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        QuietenLogs(builder);
        builder.Logging.AddOpenTelemetry(static logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });

        var name = builder.Environment.ApplicationName;
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Polly", ResilienceTelemetry.Name, name, $"{name}.*"))
            .WithTracing(traces => traces
                .AddSource(ResilienceTelemetry.Name, name, $"{name}.*")
                .AddAspNetCoreInstrumentation(static options => options.Filter = static context => !HealthEndpoints.Contains(context.Request.Path))
                .AddHttpClientInstrumentation(static options =>
                {
                    options.FilterHttpRequestMessage = static request => request is not ProbeRequest;
                    options.EnrichWithHttpRequestMessage = static (activity, request) =>
                    {
                        if (request.Options.TryGetValue(HttpExtensions.Resends, out var resends) && resends > 0)
                        {
                            activity.SetTag("http.request.resend_count", resends);
                        }
                    };
                }));

        if (string.IsNullOrWhiteSpace(builder.Configuration[ServiceName]))
        {
            telemetry.ConfigureResource(resource => resource.AddService(name));
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration[OtlpEndpoint]))
        {
            telemetry.UseOtlpExporter();
        }

        if (builder.Configuration.GetValue<bool>(Prometheus))
        {
            telemetry.WithMetrics(static metrics => metrics.AddPrometheusExporter());
        }
    }

    public static void MapPrometheus(this WebApplication app)
    {
        if (app.Configuration.GetValue<bool>(Prometheus))
        {
            app.MapPrometheusScrapingEndpoint("/metrics").DisableHttpMetrics();
        }
    }

    // The service's own configuration wins.
    private static void QuietenLogs(IHostApplicationBuilder builder)
    {
        foreach (var category in _chatty)
        {
            if (builder.Configuration[$"Logging:LogLevel:{category}"] is null)
            {
                builder.Logging.AddFilter(category, LogLevel.Warning);
            }
        }
    }
}
