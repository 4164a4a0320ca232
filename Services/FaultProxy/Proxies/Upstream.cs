using System.Net.Sockets;

namespace FaultProxy.Proxies;

/// <summary>Where a proxy leads: one address, or several with commas between them, such as a service's replicas, which are taken in turns.</summary>
internal sealed class Upstream(string text)
{
    private readonly string[] _addresses = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    private uint _turn;

    /// <summary>Gets the addresses as they were given.</summary>
    public string Text => text;

    /// <summary>Sees to it that all of them are addresses of this machine.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var address in _addresses)
        {
            await LoopbackAddress.ResolveAsync("upstream", address, cancellationToken);
        }
    }

    /// <summary>Connects to the one whose turn it is.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="ProxyException">The name stands for something else by now.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var address = _addresses[(Interlocked.Increment(ref _turn) - 1) % (uint)_addresses.Length];
        var endpoints = await LoopbackAddress.ResolveAsync("upstream", address, cancellationToken);
        for (var index = 0; ; index++)
        {
            var socket = new Socket(endpoints[index].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(endpoints[index], cancellationToken);
                return socket;
            }
            catch (SocketException) when (index + 1 < endpoints.Count)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
