using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Services.Tests.Network;

/// <summary>Where a connection is reset.</summary>
public enum ResetPoint
{
    /// <summary>As soon as it is made.</summary>
    Accept,

    /// <summary>Once the request has arrived, instead of an answer.</summary>
    Answer,

    /// <summary>After the answer's headers.</summary>
    Headers,

    /// <summary>In the middle of the answer's body, once the client has seen the answer begin.</summary>
    Body,
}

/// <summary>A service that resets every connection at the same point.</summary>
internal sealed class BrokenUpstream : IAsyncDisposable
{
    /// <summary>What all of the body would be, and how much of it comes.</summary>
    public const string Body = """{"id":"7d0c5a3e","status":"Confirmed","total":500}""";

    private static readonly byte[] _headers = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n");
    private static readonly byte[] _half = Encoding.ASCII.GetBytes(Body[..(Body.Length / 2)]);
    private static readonly byte[] _question = [.. "GET /startup "u8];
    private static readonly byte[] _started = [.. "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8];
    private static readonly byte[] _endOfHeaders = [.. "\r\n\r\n"u8];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ResetPoint _point;
    private readonly Task _accepting;
    private int _requests;

    public BrokenUpstream(ResetPoint point)
    {
        _point = point;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <summary>Gets how many requests have arrived.</summary>
    public int Requests => _requests;

    /// <summary>Says that the client has seen an answer begin: a reset drops what the gateway has not read yet, so it may not come before.</summary>
    public void AnswerHasBegun() => _begun.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        _begun.TrySetResult();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = BreakAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task BreakAsync(Socket socket)
    {
        if (_point is not ResetPoint.Accept && await ReceiveAsync(socket))
        {
            await socket.SendAsync(_started);
            socket.Dispose();
            return;
        }

        if (_point is ResetPoint.Headers or ResetPoint.Body)
        {
            await socket.SendAsync(_headers);
        }

        if (_point is ResetPoint.Body)
        {
            await socket.SendAsync(_half);
            await _begun.Task;
        }

        socket.Close(timeout: 0); // what lingers for no time at all is reset, and not closed
    }

    // The headers are enough to know that it came; what follows is lost. Says whether it was the gateway's own question, which counts for nothing.
    private async Task<bool> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[16 * 1024];
        var count = 0;
        while (buffer.AsSpan(0, count).IndexOf(_endOfHeaders) < 0 && await socket.ReceiveAsync(buffer.AsMemory(count)) is > 0 and var more)
        {
            count += more;
        }

        if (buffer.AsSpan(0, count).StartsWith(_question))
        {
            return true;
        }

        Interlocked.Increment(ref _requests);
        return false;
    }
}
