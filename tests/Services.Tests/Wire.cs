using System.Net;
using System.Net.Sockets;

namespace Services.Tests;

/// <summary>A TCP connection to a store that a test can cut or freeze.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private static readonly byte[] _commit = [(byte)'Q', 0, 0, 0, 11, .. "COMMIT"u8, 0]; // PostgreSQL's protocol, 54.7, "Query"

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<TcpClient> _open = [];
    private readonly List<Link> _links = [];
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private int _lostCommits;
    private TaskCompletionSource _thaw = new();
    private bool _isCut;
    private int _answersLeft = int.MaxValue;
    private int _bytesLeft = int.MaxValue;

    /// <summary>Opens a way to a server.</summary>
    public Wire(string host, int port)
    {
        (_host, _port) = (host, port);
        _thaw.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends all connections and every new one at once.</summary>
    public void Cut()
    {
        lock (_open)
        {
            _isCut = true;
            _open.ForEach(static client => client.Dispose());
            _open.Clear();
        }
    }

    public void Mend()
    {
        lock (_open)
        {
            _isCut = false;
        }
    }

    /// <summary>Ends all connections once, in place of one of the server's answers: the server has done what it was asked.</summary>
    /// <param name="number">Which answer from now on, from 1.</param>
    public void LoseAnswer(int number) => _answersLeft = number;

    /// <summary>Ends all connections once, in the middle of what the server says.</summary>
    /// <param name="bytes">How many bytes of it come yet, from now on.</param>
    public void CutAnswerAfter(int bytes) => Volatile.Write(ref _bytesLeft, bytes);

    /// <summary>Gets or sets whether the answer to a commit is lost, and its connection with it: PostgreSQL has committed, and nobody is told.</summary>
    public Func<bool>? LosesCommit { get; set; }

    /// <summary>Gets how many commits' answers were lost.</summary>
    public int LostCommits => _lostCommits;

    /// <summary>The other side of every connection that there is goes away without a word, as a machine does that loses power: what is sent is lost, and nothing ends. New ones work.</summary>
    public void Abandon()
    {
        lock (_open)
        {
            _links.ForEach(static link => Volatile.Write(ref link.IsAbandoned, true));
        }
    }

    /// <summary>Lets bytes in and none out, as a stopped process does.</summary>
    public void Freeze() => _thaw = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _thaw.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Thaw();
        Cut();
        await _end.CancelAsync();
        await _accepting; // before the listener stops, or it would complain of that
        _listener.Stop();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = ForwardAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        var server = new TcpClient();
        lock (_open)
        {
            _open.AddRange([client, server]);
            if (_isCut)
            {
                client.Dispose();
                return;
            }
        }

        try
        {
            await server.ConnectAsync(_host, _port, _end.Token);
            var link = new Link();
            lock (_open)
            {
                _links.Add(link);
            }

            await Task.WhenAny(CopyAsync(client, server, link, isAnswer: false), CopyAsync(server, client, link, isAnswer: true));
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // What a cut is for.
        }

        client.Dispose();
        server.Dispose();
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, Link link, bool isAnswer)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            var (source, target) = (from.GetStream(), to.GetStream());
            while (await source.ReadAsync(buffer, _end.Token) is > 0 and var count)
            {
                await _thaw.Task;
                if (Volatile.Read(ref link.IsAbandoned))
                {
                    continue;
                }

                if (isAnswer && Interlocked.Decrement(ref _answersLeft) == 0)
                {
                    Cut();
                    Mend();
                }

                if (isAnswer && Interlocked.Add(ref _bytesLeft, -count) is < 0 and var missing)
                {
                    Volatile.Write(ref _bytesLeft, int.MaxValue);
                    await target.WriteAsync(buffer.AsMemory(0, count + missing), _end.Token);
                    Cut();
                    Mend();
                }

                if (isAnswer && Volatile.Read(ref link.IsCommitting))
                {
                    Interlocked.Increment(ref _lostCommits);
                    return; // both ends are closed
                }

                if (!isAnswer && buffer.AsSpan(0, count).EndsWith(_commit) && LosesCommit?.Invoke() == true)
                {
                    Volatile.Write(ref link.IsCommitting, true);
                }

                await target.WriteAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // What a cut is for.
        }
    }

    private sealed class Link
    {
        public bool IsCommitting;
        public bool IsAbandoned;
    }
}
