using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace FaultProxy.Proxies;

/// <summary>Kestrel's transport, for both sides of a proxy.</summary>
/// <remarks>
/// Without its hops from thread to thread: what runs on its connections here never blocks. And with a buffer ready for each connection, since one that
/// waits for data first costs a system call more each time.
/// </remarks>
internal sealed class Transport(ILoggerFactory loggers) : IDisposable
{
    private readonly SocketTransportFactory _listeners = new(
        Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true, WaitForDataBeforeAllocatingBuffer = false, IOQueueCount = 0 }), loggers);

    private readonly SocketConnectionContextFactory _connections = new(
        new() { UnsafePreferInlineScheduling = true, WaitForDataBeforeAllocatingBuffer = false, IOQueueCount = 0 }, loggers.CreateLogger<SocketConnectionContextFactory>());

    public ValueTask<IConnectionListener> ListenAsync(System.Net.IPEndPoint endpoint, CancellationToken cancellationToken) =>
        _listeners.BindAsync(endpoint, cancellationToken);

    public ConnectionContext Wrap(System.Net.Sockets.Socket socket) => _connections.Create(socket);

    public void Dispose() => _connections.Dispose();
}
