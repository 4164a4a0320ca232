using Microsoft.AspNetCore.Http;
using ServiceDefaults.Health;
using ServiceDefaults.Problems;

namespace ServiceDefaults.Startup;

/// <summary>Lets no request in before the start-up work is done, but those that ask about the service's health and those that warm it up.</summary>
internal sealed class StartupGate(RequestDelegate next, StartupState startup, IProblemDetailsService problems)
{
    public Task InvokeAsync(HttpContext context) =>
        startup.IsDone || HealthEndpoints.Contains(context.Request.Path) || WarmUpRequests.Contains(context) ? next(context) : RefuseAsync(context);

    private async Task RefuseAsync(HttpContext context)
    {
        RetryAfter.Set(context.Response, TimeSpan.FromSeconds(1));
        await problems.WriteAsync(new()
        {
            HttpContext = context,
            ProblemDetails = Problems.Problems.Details(
                ProblemKind.Find(Problems.Problems.Codes.DependencyUnavailable)!,
                "The service is starting. Come back after the time in Retry-After.",
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["dependency"] = startup.Needs ?? startup.Current ?? "startup" }),
        });
    }
}
