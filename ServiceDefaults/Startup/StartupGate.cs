using Microsoft.AspNetCore.Http;
using Resilience.Deadlines;
using ServiceDefaults.Health;
using ServiceDefaults.Problems;

namespace ServiceDefaults.Startup;

/// <summary>Lets no request in before the start-up work is done, but those that ask about the service's health and those that warm it up.</summary>
/// <remarks>
/// A request that comes a little too early waits instead of being refused: a proxy in front of several replicas that knows connections alone, such as Aspire's or a
/// Kubernetes service, sends them to a replica as soon as it listens, and a refusal comes back faster than any other replica's answer. The wait is short against the
/// request's deadline, so that the caller can still go elsewhere.
/// </remarks>
internal sealed class StartupGate(RequestDelegate next, StartupState startup, IProblemDetailsService problems, TimeProvider clock)
{
    private const double DeadlineShare = 0.3; // of what is left: less than an attempt has that may be one of several
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    public Task InvokeAsync(HttpContext context) =>
        startup.IsDone || HealthEndpoints.Contains(context.Request.Path) || WarmUpRequests.Contains(context) ? next(context) : WaitAsync(context);

    private async Task WaitAsync(HttpContext context)
    {
        var patience = Deadline.Current is { } deadline && deadline.Remaining * DeadlineShare < _patience ? deadline.Remaining * DeadlineShare : _patience;
        try
        {
            await startup.WaitAsync(context.RequestAborted).WaitAsync(patience, clock);
        }
        catch (TimeoutException)
        {
            await RefuseAsync(context);
            return;
        }

        await next(context);
    }

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
