using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Lab.Experiments;

/// <summary>A request whose body lacks its end, so that the service has to hold all of it, and waits.</summary>
internal sealed class HeldRequest : IDisposable
{
    private static readonly byte[] _end = [.. "\"}"u8];

    private readonly TcpClient _connection;

    private HeldRequest(TcpClient connection, CancellationToken cancellationToken)
    {
        _connection = connection;
        Status = ReadStatusAsync(connection.GetStream(), cancellationToken);
    }

    /// <summary>Gets the status of the answer; 0 when the connection ended without one.</summary>
    public Task<int> Status { get; }

    /// <summary>Sends a request to reserve one unit of a product, in a body of this size.</summary>
    public static async Task<HeldRequest> SendAsync(Uri service, string sku, int bytes, CancellationToken cancellationToken)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(service.Host, service.Port, cancellationToken);
        var body = $$"""{"lines":[{"sku":"{{sku}}","quantity":1}],"note":" """;
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"PUT /reservations/{Guid.NewGuid()} HTTP/1.1\r\nHost: {service.Authority}\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n");
        var held = new HeldRequest(connection, cancellationToken);
        try
        {
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + body.PadRight(bytes - _end.Length)), cancellationToken);
        }
        catch (IOException)
        {
            // Refused and closed before all of it was sent: the status says so, or that there was no answer.
        }

        return held;
    }

    /// <summary>Sends the end.</summary>
    /// <returns>The status of the answer.</returns>
    public async Task<int> FinishAsync(CancellationToken cancellationToken)
    {
        await _connection.GetStream().WriteAsync(_end, cancellationToken);
        return await Status;
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _connection.Dispose();

    private static async Task<int> ReadStatusAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            return await reader.ReadLineAsync(cancellationToken) is { } line ? int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) : 0;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return 0;
        }
    }
}
