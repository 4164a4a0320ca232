using System.Net;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults.Operators;

/// <summary>Whether a request comes from this machine, and not by way of a page that a browser on it shows.</summary>
internal static class LocalOnly
{
    /// <summary>Says why a request isn't let in; null when it is.</summary>
    public static string? Refusal(HttpRequest request)
    {
        if (request.HttpContext.Connection.RemoteIpAddress is not { } caller || !IPAddress.IsLoopback(caller))
        {
            return "Only callers on this machine are let in.";
        }

        // A name that somebody else's server resolves to 127.0.0.1 would make a page of his ask us.
        if (!IsLocal(request.Host.Host))
        {
            return "The Host must be localhost or a loopback address.";
        }

        return request.Headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && IsLocal(page.Host))
            ? "The Origin must be a page of this machine."
            : null;
    }

    private static bool IsLocal(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
