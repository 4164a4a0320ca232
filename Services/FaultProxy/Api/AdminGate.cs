using System.Net;
using FaultProxy.Proxies;

namespace FaultProxy.Api;

/// <summary>Lets in programs of this machine, writes one line about each call, and says errors as Toxiproxy does.</summary>
/// <remarks>
/// No browser gets in, as with Toxiproxy: a page of the web could reach this port. A name other than the loopback's in <c>Host</c> is one that such a
/// page has let point here.
/// </remarks>
internal sealed partial class AdminGate(RequestDelegate next, ILogger<AdminGate> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path == "/health")
        {
            await next(context); // asked twice a second, by whoever started this
            return;
        }

        try
        {
            if (Refusal(context) is { } refusal)
            {
                await SayAsync(context, refusal, StatusCodes.Status403Forbidden);
            }
            else
            {
                await next(context);
            }
        }
        catch (ProxyException problem)
        {
            await SayAsync(context, problem.Message, problem.Status);
        }
        catch (BadHttpRequestException bad)
        {
            await SayAsync(context, $"bad request body: {bad.Message}", bad.StatusCode);
        }
        finally
        {
            LogCall(logger, context.Request.Method, context.Request.Path, context.Response.StatusCode);
        }
    }

    private static string? Refusal(HttpContext context)
    {
        var request = context.Request;
        var host = request.Host.Host.Trim('[', ']');
        return context.Connection.RemoteIpAddress is { } caller && !IPAddress.IsLoopback(caller) ? "only this machine is let in"
            : request.Headers.UserAgent.ToString().StartsWith("Mozilla/", StringComparison.Ordinal) || request.Headers.Origin.Count > 0 ? "User agent not allowed"
            : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)) ? null
            : "Host not allowed: call this port as localhost";
    }

    private static Task SayAsync(HttpContext context, string error, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error, status });
    }

    // The path is what the caller wrote, and can't hold a line break: it is encoded again.
    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} {Status}")]
    private static partial void LogCall(ILogger logger, string method, PathString path, int status);
}
