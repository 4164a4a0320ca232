using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace AppHost.Start;

/// <summary>Ports that this AppHost has chosen and no other one of this user chooses, for as long as this process lives.</summary>
/// <remarks>
/// A port is free until somebody listens on it, and what is chosen here begins to listen seconds later. Two AppHosts that start together would choose the same ones. So each
/// choice is a locked file besides, which the system gives back when the process ends, however it ends.
/// </remarks>
internal sealed class PortClaims : IDisposable
{
    private const int Neighbours = 200;
    private const int FirstOfAny = 20_000; // below the ports that the system itself hands out to clients
    private const int LastOfAny = 32_000;
    private readonly List<FileStream> _held = [];
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"resilience-aspire-{Environment.UserName}", "ports");

    /// <summary>Claims a port that a person looks for at the same place again.</summary>
    /// <param name="wanted">The port to have if it is free.</param>
    /// <returns>That one, or the next that is free.</returns>
    public int Near(int wanted) => First(Enumerable.Range(wanted, Neighbours));

    /// <summary>Claims any port.</summary>
    /// <returns>One that is free.</returns>
    public int Any()
    {
        const int Count = LastOfAny - FirstOfAny;
        var first = Environment.ProcessId * 37; // so that two AppHosts don't try the same ones
        return First(Enumerable.Range(0, Count).Select(offset => FirstOfAny + ((first + offset) % Count)));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _held.ForEach(static held => held.Dispose());
        _held.Clear();
    }

    private int First(IEnumerable<int> candidates)
    {
        Directory.CreateDirectory(_folder);
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(static listener => listener.Port).ToHashSet();
        return candidates.First(port => !taken.Contains(port) && TryHold(port));
    }

    private bool TryHold(int port)
    {
        FileStream claim;
        try
        {
            claim = new(Path.Combine(_folder, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return false; // another AppHost has it
        }

        if (!IsFree(port))
        {
            claim.Dispose();
            return false;
        }

        _held.Add(claim);
        return true;
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
