using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Resilience.Faults;
using ServiceDefaults.Health;
using ServiceDefaults.Operators;

namespace ServiceDefaults.Faults;

/// <summary>Lets faults strike requests that come in, and watches whether the service bears it.</summary>
internal sealed class FaultMiddleware(RequestDelegate next, FaultGovernor governor, IOptions<FaultOptions> options, TimeProvider clock)
{
    public const string FaultHeader = "x-fault";
    public const string TokenHeader = "x-fault-token";
    public const string StruckHeader = "x-fault-injected";

    private static readonly FaultKind[] _kinds = [FaultKind.Latency, FaultKind.SlowBody, FaultKind.Exception, FaultKind.Status, FaultKind.Abort];

    public async Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (HealthEndpoints.Contains(path) || path.StartsWithSegments(FaultEndpoints.Path, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        IReadOnlyList<FaultHit> hits = [.. governor.Strike(new(Route: path, Caller: context.Request.Headers[options.Value.CallerHeader]), _kinds), .. Asked(context.Request)];
        if (hits.Count == 0)
        {
            await WatchAsync(context);
            return;
        }

        context.Response.Headers[StruckHeader] = string.Join(", ", hits.Select(static hit => hit.Name));
        foreach (var hit in hits)
        {
            if (!await CarryOutAsync(hit, context))
            {
                return;
            }
        }

        await next(context);
    }

    private async Task WatchAsync(HttpContext context)
    {
        var failed = true;
        try
        {
            await next(context);
            failed = context.Response.StatusCode >= StatusCodes.Status500InternalServerError;
        }
        finally
        {
            governor.Observe(failed && !context.RequestAborted.IsCancellationRequested);
        }
    }

    // Whether the request goes on.
    private async Task<bool> CarryOutAsync(FaultHit hit, HttpContext context)
    {
        switch (hit.Spec.Kind)
        {
            case FaultKind.Latency:
                await Task.Delay(hit.Latency, clock, context.RequestAborted);
                return true;
            case FaultKind.SlowBody:
                context.Response.Body = new DripStream(context.Response.Body, hit.Spec.BytesPerSecond, clock);
                return true;
            case FaultKind.Status:
                await AnswerAsync(hit, context.Response);
                return false;
            case FaultKind.Abort:
                context.Abort();
                return false;
            default:
                throw new InjectedFaultException(hit.Name);
        }
    }

    private static Task AnswerAsync(FaultHit hit, HttpResponse response)
    {
        response.StatusCode = hit.Spec.Status;
        if (hit.Spec.RetryAfter is { } wait)
        {
            response.Headers[HeaderNames.RetryAfter] = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return Problems.Problems.Of(
            hit.Spec.Status, "injected_fault", "A fault was injected", $"The fault '{hit.Name}' answers this request with {hit.Spec.Status} on purpose.", retryable: true)
            .ExecuteAsync(response.HttpContext);
    }

    // One fault for one request. Without the token it is a header like any other, from whoever.
    private FaultHit[] Asked(HttpRequest request) =>
        request.Headers[FaultHeader].ToString() is { Length: > 0 } asked
        && request.Headers[TokenHeader].ToString() is { Length: > 0 } token && OperatorToken.IsSame(token, options.Value.Token!)
        && LocalOnly.Refusal(request) is null
        && FaultRequest.TryParse(asked, out var spec)
            ? [Noted(new("x-fault", spec, spec.Latency))]
            : [];

    private static FaultHit Noted(FaultHit hit)
    {
        hit.Note();
        return hit;
    }
}
