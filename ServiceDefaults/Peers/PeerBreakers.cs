using System.Net;
using Microsoft.Extensions.Hosting;
using Resilience.CircuitBreakers;
using Resilience.Redis;
using ServiceDefaults.Http;

namespace ServiceDefaults.Peers;

/// <summary>Has the breakers of HTTP clients hear of those in the service's other replicas.</summary>
/// <param name="exchange">Tells and asks.</param>
/// <param name="environment">Says which service this is: replicas have the same clients under the same settings, other services have their own view of a destination.</param>
internal sealed class PeerBreakers(RedisBreakerExchange exchange, IHostEnvironment environment) : IHostedService
{
    /// <summary>Has a breaker take part, for as long as it lives.</summary>
    /// <param name="client">The client's name.</param>
    /// <param name="destination">What it guards, after service discovery: each instance of a dependency fails on its own.</param>
    /// <param name="breaker">The breaker.</param>
    public void Join(string client, Destination destination, CircuitBreaker breaker) => exchange.Join(CircuitOf(environment.ApplicationName, client, destination), breaker);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        exchange.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await exchange.DisposeAsync();

    // What a machine reaches over loopback is another thing on each machine.
    internal static string CircuitOf(string service, string client, Destination destination) =>
        $"{service}:{client}:{destination}" + (IsLoopback(destination.Host) ? "@" + Environment.MachineName : "");

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
