using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ServiceDefaults.Startup;

namespace ServiceDefaults.Problems;

/// <summary>Answers an unhandled exception with the problem that it stands for.</summary>
/// <remarks>A client that went away is the framework's: it answers nothing and logs 499.</remarks>
internal sealed partial class ProblemExceptionHandler(
    IProblemDetailsService problems, RetryAfter retryAfter, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = ExceptionProblems.Of(exception);
        var status = problem?.Status ?? StatusCodes.Status500InternalServerError;
        if (!WarmUpRequests.Contains(httpContext)) // nobody waits for its answer
        {
            Log(httpContext, exception, problem is null, status);
        }


        httpContext.Response.StatusCode = status;
        if (problem?.Extensions["code"] is Problems.Codes.ReducedCapacity)
        {
            retryAfter.SetJittered(httpContext.Response);
        }
        else if (status == StatusCodes.Status503ServiceUnavailable)
        {
            RetryAfter.Set(httpContext.Response, ExceptionProblems.RetryAfterOf(exception));
        }

        return await problems.TryWriteAsync(new()
        {
            HttpContext = httpContext,
            Exception = exception,
            ProblemDetails = problem ?? Problems.Details(
                ProblemKind.Find(Problems.Codes.InternalError)!, "Something is wrong with the service. Say the traceId when you report it."),
        });
    }

    private void Log(HttpContext context, Exception exception, bool isFault, int status)
    {
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.DisplayName;
        if (isFault)
        {
            LogFault(logger, context.Request.Method, endpoint, exception);
        }
        else if (status is StatusCodes.Status502BadGateway or StatusCodes.Status504GatewayTimeout)
        {
            LogUnanswered(logger, context.Request.Method, endpoint, status, exception.Message);
        }
        else
        {
            LogRefused(logger, context.Request.Method, endpoint, status, exception.Message); // may be most of the traffic, so quietly
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed with an exception that nothing expects.")]
    private static partial void LogFault(ILogger logger, string method, string? endpoint, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Endpoint} was answered with {Status}: {Reason}")]
    private static partial void LogUnanswered(ILogger logger, string method, string? endpoint, int status, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Endpoint} was refused with {Status}: {Reason}")]
    private static partial void LogRefused(ILogger logger, string method, string? endpoint, int status, string reason);
}
