using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace FaultProxy.Tests;

/// <summary>Sends back what it gets, and ends what it sends when the other side has ended; or does with a connection what a test says.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Socket> _accepted = new();
    private readonly Func<Socket, Task> _serve;
    private readonly Task _running;

    public EchoServer(Func<Socket, Task>? serve = null)
    {
        _serve = serve ?? EchoAsync;
        _listener.Start();
        _running = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public int Accepted => _accepted.Count;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _running;
        foreach (var socket in _accepted)
        {
            socket.Dispose();
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        int length;
        while ((length = await socket.ReceiveAsync(buffer)) > 0)
        {
            for (var sent = 0; sent < length;)
            {
                sent += await socket.SendAsync(buffer.AsMemory(sent, length - sent));
            }
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                _accepted.Enqueue(socket);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await _serve(socket);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Resets and closings are what these tests make.
        }
    }
}
