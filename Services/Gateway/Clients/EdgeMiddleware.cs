namespace Gateway.Clients;

/// <summary>Cleans a request from outside before anything reads it.</summary>
/// <remarks>What the services get is chosen one by one in <see cref="Forwarding.Headers"/>; this is about what the gateway itself would believe.</remarks>
internal sealed class EdgeMiddleware(RequestDelegate next)
{
    private const string ContentLengthBesideChunks = "X-Content-Length"; // Kestrel renames a Content-Length that a Transfer-Encoding overrules

    private static readonly string[] _insideOnly =
        [ClientIdentity.Header, "x-request-priority", "x-envoy-attempt-count", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "baggage"];

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        foreach (var header in _insideOnly)
        {
            headers.Remove(header);
        }

        context.Features.Set(ClientIdentity.Of(context));
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (headers.TransferEncoding.Count > 0 && headers.ContainsKey(ContentLengthBesideChunks))
        {
            return RefuseAsync(context);
        }

        return next(context);
    }

    // Two lengths for one body: whoever sends that wants two servers to see different requests.
    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.Headers.Connection = "close";
        return context.Response.CompleteAsync();
    }
}
