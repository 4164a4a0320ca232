using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using ServiceDefaults.Startup;

namespace ServiceDefaults.Health;

/// <summary>What an orchestrator asks: may requests be sent here, should the process be restarted, has it started?</summary>
internal static class HealthEndpoints
{
    public const string Ready = "/health";
    public const string Live = "/alive";
    public const string Started = "/startup";

    /// <summary>Gets whether a path is one of these, which are kept out of traces, metrics and limits.</summary>
    public static bool Contains(PathString path) => path == Ready || path == Live || path == Started;

    public static void MapHealthEndpoints(this WebApplication app)
    {
        Map(app, Ready, static (HealthReports reports, IHostEnvironment environment, CancellationToken cancellationToken) =>
            AnswerAsync(reports, environment, cancellationToken));
        // Never a dependency: a process isn't mended by a restart because its database is away.
        Map(app, Live, static () => Answer(HealthStatus.Healthy, null));
        Map(app, Started, static (StartupState startup) => startup.IsDone
            ? Answer(HealthStatus.Healthy, null)
            : Answer(HealthStatus.Unhealthy, new() { [startup.Current ?? "startup"] = new(HealthStatus.Unhealthy.ToString(), null, null) }));
    }

    private static void Map(WebApplication app, string path, Delegate handler) => app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler)
        .ExcludeFromDescription()
        .DisableHttpMetrics()
        .DisableRateLimiting()
        .AllowAnonymous();

    private static async Task<JsonHttpResult<HealthView>> AnswerAsync(HealthReports reports, IHostEnvironment environment, CancellationToken cancellationToken)
    {
        var report = await reports.GetAsync(cancellationToken);
        var showsErrors = environment.IsDevelopment();
        return Answer(report.Status, report.Entries.ToDictionary(
            static entry => entry.Key,
            entry => new CheckView(
                entry.Value.Status.ToString(),
                showsErrors || entry.Value.Description != entry.Value.Exception?.Message ? entry.Value.Description : null, // a check that threw is described by its exception
                showsErrors ? entry.Value.Exception?.Message : null),
            StringComparer.Ordinal));
    }

    private static JsonHttpResult<HealthView> Answer(HealthStatus status, Dictionary<string, CheckView>? checks) => TypedResults.Json(
        new HealthView(status.ToString(), checks),
        statusCode: status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);

    private sealed record HealthView(string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Dictionary<string, CheckView>? Checks);

    private sealed record CheckView(
        string Status,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error);
}
