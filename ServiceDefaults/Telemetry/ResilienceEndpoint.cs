using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Resilience.Pipelines;

namespace ServiceDefaults.Telemetry;

/// <summary>Shows every pipeline with its settings and its state, to whoever develops.</summary>
internal static class ResilienceEndpoint
{
    public const string Path = "/resilience";

    public static void MapResilience(this WebApplication app)
    {
        if (app.Environment.IsDevelopment())
        {
            app.MapGet(Path, static (ResilienceCatalogue catalogue) => TypedResults.Ok(catalogue.Describe()))
                .ExcludeFromDescription()
                .DisableHttpMetrics()
                .DisableRateLimiting()
                .AllowAnonymous();
        }
    }
}
