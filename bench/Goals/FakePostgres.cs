using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Resilience.Measurement;

namespace Resilience.Benchmarks.Goals;

/// <summary>As much of PostgreSQL's protocol as it takes to connect and to run statements that return nothing, as slowly as it is told.</summary>
/// <remarks>Source: <i>PostgreSQL Documentation</i>, "Frontend/Backend Protocol".</remarks>
internal sealed class FakePostgres : IAsyncDisposable
{
    private const int SslRequest = 80877103;
    private const int GssRequest = 80877104;

    private static readonly byte[] _welcome =
    [
        .. Message('R', [0, 0, 0, 0]), .. Parameter("server_version", "15.0"), .. Parameter("client_encoding", "UTF8"),
        .. Parameter("standard_conforming_strings", "on"), .. Parameter("integer_datetimes", "on"), .. Parameter("TimeZone", "UTC"),
        .. Message('K', new byte[8]), .. Message('Z', "I"u8),
    ];

    private static readonly byte[] _ready = Message('Z', "I"u8);
    private static readonly byte[] _complete = Message('C', "SELECT 0\0"u8);
    private static readonly byte[] _parsed = Message('1', []);
    private static readonly byte[] _bound = Message('2', []);
    private static readonly byte[] _closed = Message('3', []);
    private static readonly byte[] _noData = Message('n', []);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TimeSpan _connectTime;
    private readonly TimeSpan _queryTime;
    private readonly Task _accepting;
    private int _connections;

    /// <param name="connectTime">How long a new connection takes.</param>
    /// <param name="queryTime">How long a statement takes that names <c>work</c>; others are done at once.</param>
    public FakePostgres(TimeSpan connectTime, TimeSpan queryTime)
    {
        (_connectTime, _queryTime) = (connectTime, queryTime);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Gets how many connections were made to it.</summary>
    public int Connections => Volatile.Read(ref _connections);

    // What belongs to the server and not to the pool is left out on both sides: types to load, encryption to agree on.
    public string ConnectionString => FormattableString.Invariant(
        $"Host=127.0.0.1;Port={((IPEndPoint)_listener.LocalEndpoint).Port};Username=u;Database=d;SSL Mode=Disable;Server Compatibility Mode=NoTypeLoading");

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_end.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            while (BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(stream)) is SslRequest or GssRequest)
            {
                await stream.WriteAsync("N"u8.ToArray(), _end.Token);
            }

            Interlocked.Increment(ref _connections);
            await Task.Delay(_connectTime, SystemTime.Provider, _end.Token);
            await stream.WriteAsync(_welcome, _end.Token);
            await AnswerAsync(stream);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // The client has gone, or the measurement is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var answers = new MemoryStream();
        var type = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(type, _end.Token);
            var body = await ReadAsync(stream);
            answers.Write((char)type[0] switch { 'P' => _parsed, 'B' => _bound, 'D' => _noData, 'E' or 'Q' => _complete, 'C' => _closed, _ => [] });
            if ((char)type[0] is 'P' or 'Q' && body.AsSpan().IndexOf("work"u8) >= 0)
            {
                await Task.Delay(_queryTime, SystemTime.Provider, _end.Token);
            }

            if ((char)type[0] is 'S' or 'Q')
            {
                answers.Write(_ready);
                await stream.WriteAsync(answers.ToArray(), _end.Token);
                answers.SetLength(0);
            }
        }
    }

    private async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, _end.Token);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4];
        await stream.ReadExactlyAsync(body, _end.Token);
        return body;
    }

    private static byte[] Parameter(string name, string value) => Message('S', Encoding.UTF8.GetBytes($"{name}\0{value}\0"));

    private static byte[] Message(char type, ReadOnlySpan<byte> body)
    {
        var message = new byte[5 + body.Length];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message.AsSpan(5));
        return message;
    }
}
