using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace LocalRunner.Processes;

/// <summary>Gives out free loopback ports, each once in the life of this process.</summary>
/// <remarks>
/// The ports lie below the range that the system takes for outgoing connections. A server that is killed and started
/// again on its old port would otherwise now and then find it taken by some client's outgoing connection, even by one that reached for the
/// dead server and met itself (TCP's simultaneous open). Safe for concurrent use.
/// </remarks>
internal static class PortAllocator
{
    private const int First = 20_000;
    private const int Last = 32_767; // Linux hands out 32768 and up for outgoing connections, macOS and Windows 49152 and up

    private static readonly HashSet<int> _given = [];

    /// <summary>Gives out a port.</summary>
    /// <returns>A port that nobody listens on, on 127.0.0.1 nor on ::1, and that was not given out before.</returns>
    /// <exception cref="LocalRunnerException">Every port of the range is taken.</exception>
    public static int Next()
    {
        // A random start keeps two AppHosts that start at the same time from trying the same ports in the same order.
        const int Count = Last - First + 1;
        var start = RandomNumberGenerator.GetInt32(Count);
        lock (_given)
        {
            for (var tried = 0; tried < Count; tried++)
            {
                var port = First + ((start + tried) % Count);
                if (!_given.Contains(port) && IsFree(port))
                {
                    _given.Add(port);
                    return port;
                }
            }
        }

        throw new LocalRunnerException($"No free port is left from {First} to {Last}. Stop what holds them.");
    }

    /// <summary>Tells whether a server could listen on a port.</summary>
    /// <param name="port">The port.</param>
    /// <returns>Whether nobody listens on it, on 127.0.0.1 nor on ::1.</returns>
    public static bool IsFree(int port) =>
        CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException failure)
        {
            // An address that the machine lacks (IPv6 switched off) stops no one from listening on the other.
            return failure.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
