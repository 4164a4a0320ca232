namespace FaultProxy.Proxies;

/// <summary>What was asked of the proxy can't be done; the message and the status are for who asked.</summary>
internal sealed class ProxyException(string message, int status) : Exception(message)
{
    public int Status { get; } = status;

    public static ProxyException BadBody(string why) => new($"bad request body: {why}", StatusCodes.Status400BadRequest);

    public static ProxyException MissingField(string name) => new($"missing required field: {name}", StatusCodes.Status400BadRequest);

    public static ProxyException NoProxy() => new("proxy not found", StatusCodes.Status404NotFound);

    public static ProxyException NoToxic() => new("toxic not found", StatusCodes.Status404NotFound);

    public static ProxyException ProxyExists() => new("proxy already exists", StatusCodes.Status409Conflict);

    public static ProxyException ToxicExists() => new("toxic already exists", StatusCodes.Status409Conflict);

    public static ProxyException BadStream() => new("stream was invalid, can be either upstream or downstream", StatusCodes.Status400BadRequest);

    public static ProxyException BadType() => new("invalid toxic type", StatusCodes.Status400BadRequest);
}
