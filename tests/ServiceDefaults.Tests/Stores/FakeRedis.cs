using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServiceDefaults.Tests.Stores;

/// <summary>As much of Redis as a client needs to say hello and to get nothing.</summary>
internal sealed class FakeRedis : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    public FakeRedis()
    {
        _listener.Start();
        _ = AcceptAsync(_stop.Token);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Gets or sets whether GET is left without an answer.</summary>
    public bool IsDeaf { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(stop), stop);
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using var connection = client;
        using var reader = new StreamReader(connection.GetStream(), Encoding.Latin1);
        var stream = connection.GetStream();
        try
        {
            while (await reader.ReadLineAsync(stop) is ['*', .. var count])
            {
                var words = new string[int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)];
                for (var index = 0; index < words.Length; index++)
                {
                    var length = int.Parse((await reader.ReadLineAsync(stop))![1..], System.Globalization.CultureInfo.InvariantCulture);
                    var word = new char[length + 2];
                    await reader.ReadBlockAsync(word, stop);
                    words[index] = new(word, 0, length);
                }

                if (Answer(words) is { } answer)
                {
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), stop);
                }
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The client or the test is over.
        }
    }

    private string? Answer(string[] words) => words[0].ToUpperInvariant() switch
    {
        "PING" => "+PONG\r\n",
        "ECHO" => $"${words[1].Length}\r\n{words[1]}\r\n",
        "GET" when IsDeaf => null,
        "GET" => "$-1\r\n",
        "SET" => "+OK\r\n",
        _ => "-ERR unknown command\r\n",
    };
}
