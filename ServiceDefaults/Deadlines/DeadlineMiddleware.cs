using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Resilience.Deadlines;
using Resilience.Retries;

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
        deadline.ThrowIfExpired();

        var aborted = context.RequestAborted;
        using var either = deadline.CreateTokenSource(aborted);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException givenUp) when (either.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new DeadlineExceededException(deadline.Budget, deadline.Elapsed, givenUp);
        }
        finally
        {
            context.RequestAborted = aborted; // the error's answer may still be written
        }
    }
}
