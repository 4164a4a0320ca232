using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Services.Tests;

/// <summary>A server that answers with the bytes that it is told to, whatever HTTP says about them, and counts how many of them were taken.</summary>
internal sealed class LyingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private long _sent;

    public LyingServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Gets how many bytes somebody, or the buffers on the way, took.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Gets or sets what is answered.</summary>
    public Lie Answer { get; set; } = Lie.Of("200 OK", "{}");

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var request = new StreamReader(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, bufferSize: -1, leaveOpen: true);
                while (await request.ReadLineAsync(_end.Token) is { Length: > 0 })
                {
                    // What it is asked makes no difference.
                }

                var answer = Answer;
                await SendAsync(stream, Encoding.Latin1.GetBytes(answer.Head));
                for (var piece = 0; piece < answer.Pieces; piece++)
                {
                    await SendAsync(stream, answer.Piece);
                }

                await SendAsync(stream, Encoding.Latin1.GetBytes(answer.Tail));
            }
            catch (Exception cut) when (cut is IOException or OperationCanceledException)
            {
                // It has heard enough.
            }
        }
    }

    private async Task SendAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes, _end.Token);
        Interlocked.Add(ref _sent, bytes.Length);
    }
}

/// <summary>An answer, byte for byte; the connection is closed after it.</summary>
/// <param name="Head">What comes first.</param>
/// <param name="Piece">What comes then, again and again.</param>
/// <param name="Pieces">How often.</param>
/// <param name="Tail">What comes last.</param>
internal sealed record Lie(string Head, byte[] Piece, int Pieces, string Tail = "")
{
    /// <summary>An answer that is as HTTP wants it.</summary>
    public static Lie Of(string status, string body, string headers = "Content-Type: application/json") => new(
        $"HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}", [], 0);

    /// <summary>Bytes that needn't be HTTP at all.</summary>
    public static Lie Raw(string text) => new(text, [], 0);

    /// <summary>An answer with a body of so many pieces.</summary>
    public static Lie Long(byte[] piece, int pieces, string headers = "Content-Type: application/json") => new(
        $"HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: {(long)piece.Length * pieces}\r\nConnection: close\r\n\r\n", piece, pieces);

    /// <summary>The same in one chunk after another, so that nobody is told how long it gets.</summary>
    public static Lie Chunked(byte[] piece, int pieces, string headers = "Content-Type: application/json") => new(
        $"HTTP/1.1 200 OK\r\n{headers}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        [.. Encoding.Latin1.GetBytes($"{piece.Length:x}\r\n"), .. piece, .. "\r\n"u8],
        pieces,
        "0\r\n\r\n");
}
