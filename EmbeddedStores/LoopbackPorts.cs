using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EmbeddedStores;

/// <summary>Reserves free loopback ports. A port belongs to one process until that process ends.</summary>
/// <remarks>
/// The ports are below the range that the system takes for outgoing connections. Otherwise a server that is killed and started again on its
/// port would now and then find it taken by a client's outgoing connection.
/// Each reservation is a locked file, so two AppHosts that start at once get different ports. Safe for concurrent use.
/// </remarks>
public static class LoopbackPorts
{
    private const int Neighbours = 200;
    private const int First = 20_000;
    private const int Last = 32_767; // Linux hands out 32768 and up for outgoing connections, macOS and Windows 49152 and up

    private static readonly Dictionary<int, FileStream> _reserved = [];

    private static string Folder { get; } = Path.Combine(Path.GetTempPath(), $"embedded-stores-{Environment.UserName}-ports");

    /// <summary>Reserves any port.</summary>
    /// <returns>A port from 20000 to 32767 on which nothing listens, neither on 127.0.0.1 nor on ::1.</returns>
    /// <exception cref="StoreException">Every port of the range is taken, or the reservations can't be written.</exception>
    public static int Reserve()
    {
        const int Count = Last - First + 1;
        var start = RandomNumberGenerator.GetInt32(Count);
        return ReserveFirst(Enumerable.Range(0, Count).Select(tried => First + ((start + tried) % Count)))
            ?? throw new StoreException($"No free port is left from {First} to {Last}. Stop the programs that hold them.");
    }

    /// <summary>Reserves the port where a person looks for a server, or the next free one.</summary>
    /// <param name="wanted">The port to have if it is free: from 1 to 65535.</param>
    /// <returns>A port on which nothing listens, neither on 127.0.0.1 nor on ::1; any port where the 200 from <paramref name="wanted"/> on are taken.</returns>
    /// <exception cref="StoreException">Every port is taken, or the reservations can't be written.</exception>
    public static int ReserveNear(int wanted) =>
        ReserveFirst(Enumerable.Range(wanted, Math.Min(Neighbours, IPEndPoint.MaxPort - wanted + 1))) ?? Reserve();

    /// <summary>Gives a port back.</summary>
    /// <param name="port">A port that this process has reserved.</param>
    public static void Release(int port)
    {
        lock (_reserved)
        {
            if (_reserved.Remove(port, out var held))
            {
                held.Dispose();
            }
        }
    }

    /// <summary>Gets whether a server could listen on a port.</summary>
    /// <param name="port">The port.</param>
    public static bool IsFree(int port) =>
        CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static int? ReserveFirst(IEnumerable<int> candidates)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            lock (_reserved)
            {
                foreach (var port in candidates)
                {
                    if (!_reserved.ContainsKey(port) && TryHold(port) is { } held)
                    {
                        _reserved.Add(port, held);
                        return port;
                    }
                }
            }

            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The ports can't be reserved in {Folder} ({failure.Message.TrimEnd('.')}). Make that folder writable.", failure);
        }
    }

    private static FileStream? TryHold(int port)
    {
        FileStream held;
        try
        {
            // The file stays: deleting it would open a moment in which two processes hold two files of one name.
            held = new(Path.Combine(Folder, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not DirectoryNotFoundException)
        {
            return null; // another process holds it
        }

        if (IsFree(port))
        {
            return held;
        }

        held.Dispose();
        return null;
    }

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
            // An address that the machine lacks (IPv6 is off) does not stop a server from listening on the other.
            return failure.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
