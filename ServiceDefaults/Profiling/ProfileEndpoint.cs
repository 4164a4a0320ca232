using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Profiling;
using ServiceDefaults.Operators;
using Answer = ServiceDefaults.Problems.Problems;

namespace ServiceDefaults.Profiling;

/// <summary>Where a developer sees what the service spends its time, CPU and memory on: <c>GET /profile</c>; and begins anew: <c>DELETE /profile</c>.</summary>
/// <remarks>Only in Development, and only for who knows the token: names of scopes tell how a service is made.</remarks>
internal static class ProfileEndpoint
{
    private const string Path = "/profile";
    private const string Formats = "text, markdown, speedscope or folded";
    private const string Measures = "wall, cpu or bytes";

    public static void MapProfile(this WebApplication app)
    {
        // Resolved without a validation of its own: what is wrong is reported at start, with everything else that is.
        if (app.Configuration[$"{ProfilingOptions.Section}:{nameof(ProfilingOptions.Enabled)}"] is { } enabled && bool.TryParse(enabled, out var isEnabled))
        {
            Profiler.Shared.IsEnabled = isEnabled;
        }

        if (app.Configuration[$"{ProfilingOptions.Section}:{nameof(ProfilingOptions.MirrorsSpans)}"] is { } mirrors && bool.TryParse(mirrors, out var mirrorsSpans))
        {
            Profiler.Shared.MirrorsSpans = mirrorsSpans;
        }

        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        app.MapGet(Path, Show).ExcludeFromDescription().DisableHttpMetrics().AllowAnonymous();
        app.MapDelete(Path, Reset).ExcludeFromDescription().DisableHttpMetrics().AllowAnonymous();
    }

    private static Results<ContentHttpResult, ProblemHttpResult> Show(HttpContext context, IOptions<ProfilingOptions> options)
    {
        if (Refuse(context, options.Value) is { } refusal)
        {
            return refusal;
        }

        var query = context.Request.Query;
        if (!TryRead(query["format"].ToString(), "text", out ProfileFormat format))
        {
            return Invalid("format", query["format"].ToString(), Formats);
        }

        if (!TryRead(query["measure"].ToString(), "wall", out ProfileMeasure measure))
        {
            return Invalid("measure", query["measure"].ToString(), Measures);
        }

        var snapshot = Profiler.Snapshot();
        return format switch
        {
            ProfileFormat.Markdown => TypedResults.Text(snapshot.ToMarkdown(), "text/markdown", Encoding.UTF8),
            ProfileFormat.Speedscope => TypedResults.Text(snapshot.ToSpeedscope(), "application/json", Encoding.UTF8),
            ProfileFormat.Folded => TypedResults.Text(snapshot.ToFolded(measure), "text/plain", Encoding.UTF8),
            _ => TypedResults.Text(snapshot.ToText(), "text/plain", Encoding.UTF8),
        };
    }

    private static Results<NoContent, ProblemHttpResult> Reset(HttpContext context, IOptions<ProfilingOptions> options)
    {
        if (Refuse(context, options.Value) is { } refusal)
        {
            return refusal;
        }

        Profiler.Reset();
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult? Refuse(HttpContext context, ProfilingOptions options)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (options.Token is not { } token)
        {
            return Answer.NotFound($"There is no profile to be seen: set {ProfilingOptions.Section}:Token to a secret of at least 16 characters, and send it.");
        }

        return OperatorToken.IsSent(context.Request, token)
            ? null
            : OperatorToken.Required(context.Response, ProfilingOptions.Section);
    }

    // Names only: Enum.TryParse would take numbers and lists as well.
    private static bool TryRead<TEnum>(string sent, string byDefault, out TEnum value)
        where TEnum : struct, Enum
    {
        var name = sent.Length == 0 ? byDefault : sent;
        var isKnown = Enum.GetNames<TEnum>().Contains(name, StringComparer.OrdinalIgnoreCase);
        value = isKnown ? Enum.Parse<TEnum>(name, ignoreCase: true) : default;
        return isKnown;
    }

    private static ProblemHttpResult Invalid(string field, string sent, string allowed) => Answer.Validation(
        new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [$"'{(sent.Length > 40 ? sent[..40] + "…" : sent)}' isn't one of {allowed}."] });
}
