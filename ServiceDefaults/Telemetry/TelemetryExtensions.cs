using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Polly.Telemetry;
using Resilience.Telemetry;
using ServiceDefaults.Faults;
using ServiceDefaults.Health;
using ServiceDefaults.Http;
using ServiceDefaults.Startup;

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
                .SetSampler(WorkSampler.From(builder.Configuration))
                .AddSource(ResilienceTelemetry.Name, AttemptSpan.SourceName, name, $"{name}.*")
                .AddAspNetCoreInstrumentation(static options =>
                    options.Filter = static context => !IsAboutTheServiceItself(context.Request.Path) && !WarmUpRequests.Contains(context))
                .AddHttpClientInstrumentation(static options =>
                {
                    options.FilterHttpRequestMessage = static request => request is not ProbeRequest;
                    options.EnrichWithHttpRequestMessage = AttemptSpan.Started;
                    options.EnrichWithHttpResponseMessage = AttemptSpan.Answered;
                })
                .AddProcessor(new AttemptSpanProcessor()));
        // A retry, a timeout or a refusal is what a pattern is for: metrics count it, spans show it, and changes of state are logged elsewhere.
        builder.Services.Configure<TelemetryOptions>(static options => options.SeverityProvider = static _ => ResilienceEventSeverity.Debug);

        if (string.IsNullOrWhiteSpace(builder.Configuration[ServiceName]))
        {
            telemetry.ConfigureResource(resource => resource.AddService(name));
        }

        if (builder.Configuration[OtlpEndpoint] is { } endpoint && !string.IsNullOrWhiteSpace(endpoint) && IsUsable(builder, endpoint))
        {
            telemetry.UseOtlpExporter();
        }

        if (builder.Configuration.GetValue<bool>(Prometheus))
        {
            telemetry.WithMetrics(static metrics => metrics.AddPrometheusExporter());
        }
    }

    // What operators and probes ask is no customer's request.
    private static bool IsAboutTheServiceItself(PathString path) =>
        HealthEndpoints.Contains(path) || path.StartsWithSegments(FaultEndpoints.Path, StringComparison.Ordinal) || path.StartsWithSegments(ResilienceEndpoint.Path, StringComparison.Ordinal);

    public static void MapPrometheus(this WebApplication app)
    {
        if (app.Configuration.GetValue<bool>(Prometheus))
        {
            app.MapPrometheusScrapingEndpoint("/metrics").DisableHttpMetrics();
        }
    }

    // The exporter takes an address that it can't read for none.
    private static bool IsUsable(IHostApplicationBuilder builder, string endpoint)
    {
        if (Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
        {
            return true;
        }

        builder.Services.AddOptions<OtlpEndpointSetting>()
            .Validate(static _ => false, $"{OtlpEndpoint} is '{endpoint}', which is no address. Write it as http://localhost:4317, or unset it.")
            .ValidateOnStart();
        return false;
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

    private sealed class OtlpEndpointSetting;
}
