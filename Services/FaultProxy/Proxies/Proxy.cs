using System.Collections.Concurrent;
using System.Net.Sockets;
using FaultProxy.Links;
using FaultProxy.Toxics;
using Microsoft.AspNetCore.Connections;

namespace FaultProxy.Proxies;

/// <summary>One edge: listens for clients, and carries each connection to where it leads, through the toxics.</summary>
/// <remarks>Changes come from <see cref="ProxyTable"/>, one at a time.</remarks>
internal sealed partial class Proxy(string name, string listen, string upstream, Transport transport, ToxicSetting setting, ILogger<Proxy> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private Upstream _upstream = new(upstream);
    private IConnectionListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public string Name => name;

    /// <summary>Gets where it listens; the port that was taken, where any was asked for.</summary>
    public string Listen { get; private set; } = listen;

    public string Upstream => _upstream.Text;

    public bool Enabled => _listener is not null;

    public ToxicList Toxics { get; } = new();

    /// <summary>Gets how many connections it carries.</summary>
    public int Connections => _connections.Count;

    /// <summary>Begins to listen, unless it does.</summary>
    /// <exception cref="ProxyException">An address isn't of this machine, or can't be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Enabled)
        {
            return;
        }

        await _upstream.CheckAsync(cancellationToken);
        var endpoint = (await LoopbackAddress.ResolveAsync("listen", Listen.Length == 0 ? "127.0.0.1:0" : Listen, cancellationToken))[0];
        try
        {
            _listener = await transport.ListenAsync(endpoint, cancellationToken);
        }
        catch (Exception failure) when (failure is AddressInUseException or IOException or SocketException)
        {
            throw new ProxyException($"{name} can't listen on {endpoint} ({failure.Message}). Choose another port, or 0 for any.", StatusCodes.Status500InternalServerError);
        }

        Listen = _listener.EndPoint.ToString()!;
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Refuses new connections, and closes those that there are.</summary>
    public async Task StopAsync()
    {
        if (_listener is not { } listener)
        {
            return;
        }

        _listener = null;
        await listener.UnbindAsync();
        await _accepting;
        foreach (var connection in _connections.Keys)
        {
            connection.Close();
        }

        await Task.WhenAll(_connections.Values);
        await listener.DisposeAsync();
    }

    /// <summary>Tells whether it listens at an address, however that is written, and leads to another one.</summary>
    public async Task<bool> IsBetweenAsync(string otherListen, string otherUpstream, CancellationToken cancellationToken) =>
        otherUpstream == Upstream
        && (otherListen == Listen || (await LoopbackAddress.ResolveAsync("listen", otherListen, cancellationToken))[0].ToString() == Listen);

    /// <summary>Leads elsewhere, listens elsewhere, is up or down: drops all connections if an address changes.</summary>
    public async Task UpdateAsync(string newListen, string newUpstream, bool enabled, CancellationToken cancellationToken)
    {
        if (!await IsBetweenAsync(newListen, newUpstream, cancellationToken))
        {
            await new Upstream(newUpstream).CheckAsync(cancellationToken);
            await LoopbackAddress.ResolveAsync("listen", newListen, cancellationToken);
            await StopAsync();
            (Listen, _upstream) = (newListen, new(newUpstream));
        }

        await (enabled ? StartAsync(cancellationToken) : StopAsync());
    }

    /// <summary>Lets the connections see that toxics have changed.</summary>
    public void Wake()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Wake();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AcceptAsync(IConnectionListener listener)
    {
        // Null once it is unbound.
        while (await listener.AcceptAsync() is { } client)
        {
            _ = ConnectAsync(client);
        }
    }

    private async Task ConnectAsync(ConnectionContext client)
    {
        try
        {
            // Not to be given up when the client has ended what it sends: it may be all that it wanted to say.
            var server = transport.Wrap(await _upstream.ConnectAsync(CancellationToken.None));
            var connection = new ProxiedConnection(client, server, setting, Toxics.Of);
            var carried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connections[connection] = carried.Task;
            try
            {
                if (!Enabled)
                {
                    connection.Close(); // stopped meanwhile, and didn't see this one
                }

                await connection.RunAsync();
            }
            finally
            {
                await connection.DisposeAsync();
                _connections.TryRemove(connection, out _);
                carried.SetResult();
            }
        }
        catch (Exception unreachable) when (unreachable is SocketException or ProxyException)
        {
            LogUnreachable(logger, name, Upstream, unreachable.Message);
            ProxiedConnection.Reset(client); // the nearest that an accepted connection can come to being refused
            client.Abort();
            await client.DisposeAsync();
        }
#pragma warning disable CA1031 // A connection that fails in a way not thought of ends alone, and says so.
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            LogUnexpected(logger, name, unexpected);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Proxy} can't reach {Upstream} ({Reason}); the client's connection is reset.")]
    private static partial void LogUnreachable(ILogger logger, string proxy, string upstream, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A connection of {Proxy} ended unexpectedly.")]
    private static partial void LogUnexpected(ILogger logger, string proxy, Exception unexpected);
}
