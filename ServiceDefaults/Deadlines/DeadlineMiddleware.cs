using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace ServiceDefaults.Deadlines;

/// <summary>Works on a request for as long as its caller waits, and no longer.</summary>
/// <remarks>
/// The deadline is <see cref="Deadline.Current"/> for all code that the request runs, and cancels <see cref="HttpContext.RequestAborted"/>, which
/// endpoints get as their <see cref="CancellationToken"/>. A request that arrives too late is refused without any work.
/// </remarks>
internal sealed class DeadlineMiddleware(RequestDelegate next, IOptionsMonitor<DeadlineOptions> options, TimeProvider clock)
{
    public Task InvokeAsync(HttpContext context)
    {
        IncomingAttempt.Current = IncomingAttempt.Read(context.Request.Headers);
        return options.CurrentValue.Choose(DeadlineHeaders.Read(context.Request.Headers)) is { } budget
            ? InvokeAsync(context, new Deadline(budget, clock))
            : next(context);
    }

    private async Task InvokeAsync(HttpContext context, Deadline deadline)
    {
        if (deadline.IsOver)
        {
            throw new DeadlineExceededException(deadline.Budget, deadline.Elapsed);
        }

        var aborted = context.RequestAborted;
        using var timer = new CancellationTokenSource(deadline.Budget, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, timer.Token);
        Deadline.Current = deadline;
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException givenUp) when (timer.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new DeadlineExceededException(deadline.Budget, deadline.Elapsed, givenUp);
        }
        finally
        {
            context.RequestAborted = aborted; // the error's answer may still be written
        }
    }
}
