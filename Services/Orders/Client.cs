using Microsoft.Extensions.Primitives;

namespace Orders;

/// <summary>Who is asking, as the gateway says; it lets no such header in from outside.</summary>
internal static class Client
{
    public const string Header = "X-Client-Id";
    private const string Anonymous = "anonymous"; // somebody on this machine who didn't come through the gateway

    public static string Of(HttpRequest request) =>
        request.Headers[Header] is { Count: > 0 } values && !StringValues.IsNullOrEmpty(values) ? values.ToString() : Anonymous;
}
