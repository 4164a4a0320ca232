using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Recovery;
using ServiceDefaults.Operators;
using Answer = ServiceDefaults.Problems.Problems;

namespace ServiceDefaults.Recovery;

/// <summary>Shows what the recovery found, did, and held back, to whoever develops; and has a procedure try again, for who knows the token.</summary>
internal static class RecoveryEndpoint
{
    public const string Path = "/resilience/recovery";

    public static void MapRecovery(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        var recovery = app.MapGroup(Path).ExcludeFromDescription().DisableHttpMetrics().DisableRateLimiting().AllowAnonymous();
        recovery.MapGet("", static (RecoveryOrchestrator recovery) => TypedResults.Ok(recovery.Snapshot()));
        if (app.Configuration[$"{RecoveryOperatorOptions.Section}:{nameof(RecoveryOperatorOptions.Token)}"] is not null)
        {
            recovery.MapPost("rearm", Rearm).AddEndpointFilter(
                new OperatorGate(RecoveryOperatorOptions.Section, static services => services.GetRequiredService<IOptions<RecoveryOperatorOptions>>().Value.Token));
        }
    }

    private static IResult Rearm(string? procedure, RecoveryOrchestrator recovery)
    {
        var names = recovery.Snapshot().Procedures.Select(static known => known.Name).ToList();
        if (procedure is null || !names.Contains(procedure, StringComparer.Ordinal))
        {
            return Answer.Validation(new Dictionary<string, string[]>(StringComparer.Ordinal) { ["procedure"] = [$"Must be one of: {string.Join(", ", names)}."] });
        }

        recovery.Rearm(procedure);
        return TypedResults.NoContent();
    }
}
