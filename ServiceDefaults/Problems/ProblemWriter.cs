using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace ServiceDefaults.Problems;

/// <summary>Writes every problem, the framework's too, with the members that the contract promises.</summary>
internal sealed class ProblemWriter(IOptions<JsonOptions> json) : IProblemDetailsWriter
{
    // An error has one form, whatever the client would rather have had.
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var response = context.HttpContext.Response;
        Complete(context.ProblemDetails, context.HttpContext);
        response.StatusCode = context.ProblemDetails.Status!.Value;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff"; // what a client sent may be repeated in it
        await response.WriteAsJsonAsync<ProblemDetails>(
            context.ProblemDetails, json.Value.SerializerOptions, "application/problem+json", context.HttpContext.RequestAborted);
    }

    private static void Complete(ProblemDetails problem, HttpContext context)
    {
        problem.Status ??= context.Response.StatusCode;
        var kind = problem.Extensions.TryGetValue("code", out var code) && code is string text ? ProblemKind.Find(text) : null;
        if (code is null)
        {
            kind = ProblemKind.OfStatus(problem.Status.Value);
            (problem.Type, problem.Title) = (kind.Type, kind.Title);
            problem.Extensions["code"] = kind.Code;
        }

        if (kind?.RetryAfter is { } seconds && context.Response.Headers.RetryAfter.Count == 0)
        {
            RetryAfter.Set(context.Response, TimeSpan.FromSeconds(seconds));
        }

        problem.Extensions.TryAdd("retryable", kind?.Retryable ?? IsRepeatable(context.Request));
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
    }

    private static bool IsRepeatable(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
        || HttpMethods.IsPut(request.Method) || HttpMethods.IsDelete(request.Method) || request.Headers.ContainsKey("Idempotency-Key");
}
