using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health;

/// <summary>Whether a port takes connections. Of a name with several addresses, of either family, one that does is enough.</summary>
/// <remarks>Says nothing, reads nothing, and closes at once. Safe for concurrent use.</remarks>
/// <param name="host">A name or an address.</param>
/// <param name="port">From 1 to 65535.</param>
public sealed class TcpHealthCheck(string host, int port) : IHealthCheck
{
    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);

        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new DnsEndPoint(host, port), cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (SocketException refused)
        {
            return new(context.Registration.FailureStatus, $"It takes no connection: {refused.SocketErrorCode}.", refused);
        }
    }
}
