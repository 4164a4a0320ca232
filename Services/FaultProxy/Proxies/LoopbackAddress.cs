using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FaultProxy.Proxies;

/// <summary>Addresses of this machine, which are all that a fault proxy may listen on and lead to: it is no way out.</summary>
internal static class LoopbackAddress
{
    private const int LastPort = 65_535;

    /// <summary>Resolves an address.</summary>
    /// <param name="field">What it is for, as messages name it.</param>
    /// <param name="text">A host and a port, such as <c>localhost:5432</c>.</param>
    /// <param name="cancellationToken">Ends the look-up of a name.</param>
    /// <returns>All that it stands for, the one to try first in front.</returns>
    /// <exception cref="ProxyException">It can't be read, the name isn't known, or some of what it stands for is not of this machine.</exception>
    public static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(string field, string text, CancellationToken cancellationToken)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 0 or > LastPort)
        {
            throw ProxyException.BadBody($"{field} is \"{text}\", which is no host and port. Write it as 127.0.0.1:5432.");
        }

        var host = text[..colon].Trim('[', ']');
        var addresses = await AddressesOfAsync(field, host, cancellationToken);
        return addresses.FirstOrDefault(static address => !IPAddress.IsLoopback(address)) is { } foreign
            ? throw ProxyException.BadBody($"{field} is \"{text}\", and {foreign} is not this machine's loopback. Only 127.0.0.1, ::1 and names for them are let in.")
            : [.. addresses.Select(address => new IPEndPoint(address, port))];
    }

    private static async Task<IPAddress[]> AddressesOfAsync(string field, string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        if (host.Length == 0)
        {
            throw ProxyException.BadBody($"{field} has no host, which would be every network of this machine. Write 127.0.0.1 in front of the port.");
        }

        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken) is { Length: > 0 } found
                ? found
                : throw ProxyException.BadBody($"{field} names \"{host}\", which has no address.");
        }
        catch (SocketException unknown)
        {
            throw ProxyException.BadBody($"{field} names \"{host}\", which can't be resolved ({unknown.Message}).");
        }
    }
}
