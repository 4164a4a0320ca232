using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Clients;

/// <summary>Who is asking: the holder of an API key, or else an address.</summary>
/// <remarks>
/// There is no register of keys in this shop: a key separates clients from one another, as their orders and idempotency keys need, and proves nothing.
/// </remarks>
/// <param name="Id">What the services know the client by: <c>key:</c> and a hash, so that no key is stored or logged behind the gateway, or <c>ip:</c> and the address.</param>
internal sealed record ClientIdentity(string Id)
{
    public const string ApiKeyHeader = "X-Api-Key";
    public const string Header = "X-Client-Id";

    private const int HashBytes = 16; // 128 bits: two clients' keys don't meet by chance
    private const int NetworkBytes = 8; // a household or a server has a /64 and can take any address in it

    public static ClientIdentity Of(HttpContext context) => context.Request.Headers[ApiKeyHeader].ToString() is { Length: > 0 } key
        ? new($"key:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, HashBytes))}")
        : new($"ip:{Network(context.Connection.RemoteIpAddress)}");

    private static string Network(IPAddress? address)
    {
        switch (address)
        {
            case null:
                return "unknown";
            case { } when IPAddress.IsLoopback(address):
                return IPAddress.Loopback.ToString(); // "localhost" is either of two addresses, from one request to the next
            case { IsIPv4MappedToIPv6: true }:
                return address.MapToIPv4().ToString();
            case { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 }:
                var bytes = address.GetAddressBytes();
                bytes.AsSpan(NetworkBytes).Clear();
                return $"{new IPAddress(bytes)}/64";
            default:
                return address.ToString();
        }
    }
}
