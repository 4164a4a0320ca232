using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Resilience.Recovery;

namespace ServiceDefaults.Recovery;

/// <summary>Shows what the recovery found, did, and held back, to whoever develops. It takes no orders.</summary>
internal static class RecoveryEndpoint
{
    public const string Path = "/resilience/recovery";

    public static void MapRecovery(this WebApplication app)
    {
        if (app.Environment.IsDevelopment())
        {
            app.MapGet(Path, static (RecoveryOrchestrator recovery) => TypedResults.Ok(recovery.Snapshot()))
                .ExcludeFromDescription()
                .DisableHttpMetrics()
                .DisableRateLimiting()
                .AllowAnonymous();
        }
    }
}
