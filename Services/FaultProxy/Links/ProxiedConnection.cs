using System.Net.Sockets;
using FaultProxy.Toxics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace FaultProxy.Links;

/// <summary>A client's connection and the one to the server that it was meant for, with a link for each direction.</summary>
internal sealed class ProxiedConnection : IAsyncDisposable
{
    private readonly ConnectionContext _client;
    private readonly ConnectionContext _server;
    private readonly Link _upstream;
    private readonly Link _downstream;
    private readonly TaskCompletionSource _bothEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 2;

    /// <param name="client">Who connected.</param>
    /// <param name="server">Where it wanted to go.</param>
    /// <param name="setting">What toxics stand on.</param>
    /// <param name="toxics">Gets the toxics of a direction as they are now: the same list until they change.</param>
    public ProxiedConnection(ConnectionContext client, ConnectionContext server, ToxicSetting setting, Func<string, IReadOnlyList<Toxic>> toxics)
    {
        (_client, _server) = (client, server);
        _upstream = new(client.Transport.Input, SocketOf(server), setting, () => toxics(Toxic.Upstream), OnEnded);
        _downstream = new(server.Transport.Input, SocketOf(client), setting, () => toxics(Toxic.Downstream), OnEnded);
    }

    /// <summary>Lets both directions see that toxics have changed.</summary>
    public void Wake()
    {
        _upstream.Wake();
        _downstream.Wake();
    }

    /// <summary>Closes both sides, whatever is under way.</summary>
    public void Close() => _closed.TrySetResult();

    /// <summary>Carries both directions until both have ended, or the connection must end.</summary>
    public async Task RunAsync()
    {
        var (up, down) = (_upstream.RunAsync(), _downstream.RunAsync());
        var first = await Task.WhenAny(up, down, _bothEnded.Task, _closed.Task);
        var end = first is Task<Fate> link ? await link : Fate.Close;
        _upstream.Stop();
        _downstream.Stop();
        foreach (var side in (ConnectionContext[])[_client, _server])
        {
            if (end is Fate.Reset)
            {
                Reset(side);
            }
            else
            {
                Close(side);
            }
        }

        await Task.WhenAll(up, down);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _upstream.Dispose();
        _downstream.Dispose();
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>Resets a connection: the other side sees RST.</summary>
    public static void Reset(ConnectionContext connection) => SocketOf(connection).Close(timeout: 0); // what lingers for no time at all is reset, and not closed

    // Not the transport's own Abort, which resets.
    private static void Close(ConnectionContext connection)
    {
        try
        {
            SocketOf(connection).Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other side was quicker.
        }
    }

    private static Socket SocketOf(ConnectionContext connection) => connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    private void OnEnded()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _bothEnded.TrySetResult();
        }
    }
}
