using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Answer = ServiceDefaults.Problems.Problems;

namespace ServiceDefaults.Operators;

/// <summary>Lets in who is on this machine and knows the token. Each call leaves a line in the log, refused or not.</summary>
/// <param name="section">Where the token is set.</param>
/// <param name="token">Gets it.</param>
internal sealed partial class OperatorGate(string section, Func<IServiceProvider, string?> token) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var (request, response) = (http.Request, http.Response);
        (response.Headers.CacheControl, response.Headers.XContentTypeOptions) = ("no-store", "nosniff");
        var result = Refusal(http) ?? await next(context);
        LogCall(
            http.RequestServices.GetRequiredService<ILogger<OperatorGate>>(),
            request.Method,
            request.Path,
            http.Connection.RemoteIpAddress?.ToString(),
            (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK);
        return result;
    }

    private ProblemHttpResult? Refusal(HttpContext http)
    {
        if (LocalOnly.Refusal(http.Request) is { } reason)
        {
            return Answer.Of(StatusCodes.Status403Forbidden, "local_only", "Not from there", reason);
        }

        return token(http.RequestServices) is { } secret && OperatorToken.IsSent(http.Request, secret) ? null : OperatorToken.Required(http.Response, section);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} from {Caller} was answered with {Status}")]
    private static partial void LogCall(ILogger logger, string method, string path, string? caller, int status);
}
