using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace LocalRunner.Stores;

/// <summary>Asks a Redis server whether it is there, in as much of its protocol as that takes.</summary>
internal static class RedisProbe
{
    /// <summary>Signs in and sends PING.</summary>
    /// <param name="address">Where the server is, and how to sign in.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The server's last answer, such as <c>+PONG</c>; one that begins with a minus is its refusal.</returns>
    public static Task<string> PingAsync(RedisAddress address, CancellationToken cancellationToken) => AskAsync(address, ["PING"], cancellationToken);

    /// <summary>Signs in and sends one command whose answer is one short line.</summary>
    /// <param name="address">Where the server is, and how to sign in.</param>
    /// <param name="command">The command's words.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The server's last answer; one that begins with a minus is its refusal.</returns>
    public static async Task<string> AskAsync(RedisAddress address, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, cancellationToken);
        await using Stream stream = address.IsTls ? new SslStream(client.GetStream()) : client.GetStream();
        if (stream is SslStream tls)
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, cancellationToken);
        }

        if (address.Password.Length > 0)
        {
            string[] signIn = address.User is null ? ["AUTH", address.Password] : ["AUTH", address.User, address.Password];
            if (await AskAsync(stream, signIn, cancellationToken) is not "+OK" and var refusal)
            {
                return refusal;
            }
        }

        return await AskAsync(stream, command, cancellationToken);
    }

    // A command is an array of bulk strings (RESP2): Garnet takes no other form. Every answer that matters is one short line.
    private static async Task<string> AskAsync(Stream stream, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var command = $"*{words.Count}\r\n" + string.Concat(words.Select(static word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n"));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command), cancellationToken);

        var answer = new ArrayBufferWriter<byte>();
        while (answer.WrittenCount < 512 && !answer.WrittenSpan.EndsWith("\r\n"u8))
        {
            var read = await stream.ReadAsync(answer.GetMemory(512), cancellationToken);
            if (read == 0)
            {
                break;
            }

            answer.Advance(read);
        }

        return Encoding.UTF8.GetString(answer.WrittenSpan).TrimEnd();
    }
}
