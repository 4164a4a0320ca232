using System.Runtime.ExceptionServices;
using Polly;
using Resilience.Deadlines;

namespace Gateway.Forwarding;

/// <summary>Hands what went wrong while forwarding to ServiceDefaults, which knows the answer to each exception.</summary>
internal static class ForwardingFailures
{
    public static async Task ThrowAsync(HttpContext context, Func<Task> next)
    {
        await next();

        if (context.GetForwarderErrorFeature() is not { } error || context.Response.HasStarted)
        {
            return;
        }

        if (Deadline.Current is { IsExpired: true } deadline)
        {
            throw new DeadlineExceededException(deadline.Budget, deadline.Elapsed, error.Exception);
        }

        context.RequestAborted.ThrowIfCancellationRequested(); // the client is gone
        for (var cause = error.Exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is BadHttpRequestException) // the client's body was too large or broken, which showed while it was being sent on
            {
                ExceptionDispatchInfo.Throw(cause);
            }
        }

        if (error.Exception is HttpRequestException or ExecutionRejectedException)
        {
            ExceptionDispatchInfo.Throw(error.Exception);
        }

        throw new HttpRequestException($"Forwarding failed: {error.Error}.", error.Exception);
    }
}
