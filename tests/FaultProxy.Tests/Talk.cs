using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>What tests say over a socket, never waiting for an answer for more than 10 s.</summary>
internal static class Talk
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sends a line and waits until it has come back.</summary>
    /// <returns>How long that took.</returns>
    public static async Task<TimeSpan> EchoAsync(this Socket socket, string text = "hello")
    {
        var watch = Stopwatch.StartNew();
        await socket.SayAsync(text);
        Assert.Equal(text, await socket.HearAsync(text.Length));
        return watch.Elapsed;
    }

    public static async Task SayAsync(this Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text), Token);

    /// <summary>Reads so many bytes, or fewer where the stream ends before.</summary>
    public static async Task<string> HearAsync(this Socket socket, int length)
    {
        var buffer = new byte[length];
        var heard = 0;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(_patience);
        int got;
        while (heard < length && (got = await socket.ReceiveAsync(buffer.AsMemory(heard), limit.Token)) > 0)
        {
            heard += got;
        }

        return Encoding.ASCII.GetString(buffer, 0, heard);
    }

    /// <summary>Tells whether nothing arrives for a while.</summary>
    public static async Task<bool> IsSilentAsync(this Socket socket, TimeSpan pause)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(pause);
        try
        {
            await socket.ReceiveAsync(new byte[1], limit.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            Token.ThrowIfCancellationRequested();
            return true;
        }
    }

    /// <summary>Waits for the error that a reset is.</summary>
    public static async Task<SocketError> ErrorAsync(this Socket socket) =>
        (await Assert.ThrowsAsync<SocketException>(() => socket.HearAsync(1))).SocketErrorCode;
}
