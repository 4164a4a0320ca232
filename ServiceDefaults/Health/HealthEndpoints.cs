using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Resilience.Health;
using ServiceDefaults.Startup;

namespace ServiceDefaults.Health;

/// <summary>What an orchestrator asks: may requests be sent here, should the process be restarted, has it started?</summary>
internal static class HealthEndpoints
{
    public const string Ready = "/health";
    public const string Live = "/alive";
    public const string Started = "/startup";

    private static readonly JsonSerializerOptions _omittingNulls = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Gets whether a path is one of these, which are kept out of traces, metrics and limits.</summary>
    public static bool Contains(PathString path) => path == Ready || path == Live || path == Started;

    public static void MapHealthEndpoints(this WebApplication app)
    {
        Map(app, Ready, static (HealthMonitor monitor, StartupState startup, IHostEnvironment environment, HttpResponse response) =>
            AnswerReady(monitor.Report(), startup, environment.IsDevelopment(), response));
        // Never a dependency: a process isn't mended by a restart because its database is away.
        Map(app, Live, static () => Answer(HealthStatus.Healthy, null));
        Map(app, Started, static (StartupState startup) => startup.IsDone ? Answer(HealthStatus.Healthy, null) : Answer(HealthStatus.Unhealthy, Starting(startup)));
    }

    private static void Map(WebApplication app, string path, Delegate handler) => app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler)
        .ExcludeFromDescription()
        .DisableHttpMetrics()
        .DisableRateLimiting()
        .AllowAnonymous();

    private static JsonHttpResult<HealthView> AnswerReady(IReadOnlyList<ComponentHealth> components, StartupState startup, bool showsErrors, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Age = Math.Floor(components.Max(static component => component.Age ?? TimeSpan.Zero).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (!startup.IsDone)
        {
            return Answer(HealthStatus.Unhealthy, Starting(startup));
        }

        return Answer(
            components.Min(static component => component.Status),
            components.ToDictionary(static component => component.Name, component => ViewOf(component, showsErrors), StringComparer.Ordinal));
    }

    private static Dictionary<string, CheckView> Starting(StartupState startup) => new(StringComparer.Ordinal)
    {
        ["startup"] = new(nameof(HealthStatus.Unhealthy)) { Description = $"The start isn't done: {startup.Current ?? "not begun"}." },
    };

    // What a check says of itself is for all; what it threw, which may hold names of hosts, is for developers.
    private static CheckView ViewOf(ComponentHealth component, bool showsErrors)
    {
        var failure = component.LastFailure;
        string? Words(string? description) => showsErrors || description != failure?.Exception?.Message ? description : null;
        return new(component.Status.ToString())
        {
            Since = component.Since,
            AgeSeconds = component.Age?.TotalSeconds,
            DurationSeconds = component.Duration?.TotalSeconds,
            Description = Words(component.Description),
            LastFailureAt = failure?.At,
            LastError = showsErrors ? failure?.Exception?.Message ?? failure?.Description : null,
            Results = component.Results,
            Failures = component.Failures,
            History = [.. component.History.Select(change => new ChangeView(change.At, change.Status.ToString(), showsErrors ? change.Description : null))],
        };
    }

    private static JsonHttpResult<HealthView> Answer(HealthStatus status, Dictionary<string, CheckView>? checks) => TypedResults.Json(
        new HealthView(status.ToString(), checks),
        _omittingNulls,
        statusCode: status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);

    private sealed record HealthView(string Status, Dictionary<string, CheckView>? Checks);

    private sealed record CheckView(string Status)
    {
        public DateTimeOffset? Since { get; init; }

        public double? AgeSeconds { get; init; }

        public double? DurationSeconds { get; init; }

        public string? Description { get; init; }

        public DateTimeOffset? LastFailureAt { get; init; }

        public string? LastError { get; init; }

        public long? Results { get; init; }

        public long? Failures { get; init; }

        public IReadOnlyList<ChangeView>? History { get; init; }
    }

    private sealed record ChangeView(DateTimeOffset At, string Status, string? Description);
}
