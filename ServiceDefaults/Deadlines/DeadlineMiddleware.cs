using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Resilience.Deadlines;
using Resilience.Retries;
using Resilience.Telemetry;

namespace ServiceDefaults.Deadlines;

/// <summary>Works on a request for as long as its caller waits, and no longer.</summary>
/// <remarks>
/// The deadline is <see cref="Deadline.Current"/> for all code that the request runs, and cancels <see cref="HttpContext.RequestAborted"/>, which
/// endpoints get as their <see cref="CancellationToken"/>. A request that arrives too late is refused without any work.
/// </remarks>
internal sealed class DeadlineMiddleware(RequestDelegate next, IOptionsMonitor<DeadlineOptions> options, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext context)
    {
        using var attempt = AttemptCount.Begin(HopHeaders.ReadAttempt(context.Request.Headers));
        if (options.CurrentValue.Choose(HopHeaders.ReadTime(context.Request.Headers)) is not { } budget)
        {
            await next(context);
            return;
        }

        using var scope = Deadline.Begin(budget, clock);
        await InvokeAsync(context, scope.Deadline!);
    }

    private async Task InvokeAsync(HttpContext context, Deadline deadline)
    {
        var span = Activity.Current;
        span?.SetTag(ResilienceAttributes.DeadlineBudget, deadline.Budget.TotalSeconds);
        if (deadline.IsExpired)
        {
            Note(span, deadline);
            deadline.ThrowIfExpired();
        }

        var aborted = context.RequestAborted;
        using var either = deadline.CreateTokenSource(aborted);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException givenUp) when (either.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            Note(span, deadline);
            throw new DeadlineExceededException(deadline.Budget, deadline.Elapsed, givenUp);
        }
        finally
        {
            context.RequestAborted = aborted; // the error's answer may still be written
        }
    }

    private static void Note(Activity? span, Deadline deadline)
    {
        span?.SetTag(ResilienceAttributes.DeadlineExpired, "request");
        span?.AddEvent(new(ResilienceAttributes.DeadlineEvent, tags: new()
        {
            { ResilienceAttributes.DeadlineExpired, "request" },
            { ResilienceAttributes.DeadlineBudget, deadline.Budget.TotalSeconds },
        }));
    }
}
