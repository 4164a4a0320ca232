using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Gateway.Forwarding;

/// <summary>Makes a destination of each replica that service discovery knows behind a service's name.</summary>
internal sealed class DiscoveredDestinations(ServiceEndpointResolver discovery) : IDestinationResolver
{
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = new List<IChangeToken>();
        foreach (var (name, destination) in destinations)
        {
            var source = await discovery.GetEndpointsAsync(destination.Address, cancellationToken);
            changes.Add(source.ChangeToken);
            foreach (var endpoint in source.Endpoints)
            {
                var address = AddressOf(endpoint.EndPoint, new Uri(destination.Address));
                resolved[$"{name}/{address}"] = destination with { Address = address };
            }
        }

        return new(resolved, new CompositeChangeToken(changes));
    }

    // Configuration gives whole URLs, DNS gives hosts or addresses without a scheme.
    private static string AddressOf(EndPoint endPoint, Uri asked) => endPoint switch
    {
        DnsEndPoint dns => Compose(asked, dns.Host, dns.Port),
        IPEndPoint ip => Compose(asked, ip.Address.ToString(), ip.Port),
        _ => endPoint.ToString()!,
    };

    private static string Compose(Uri asked, string host, int port) =>
        new UriBuilder(asked.Scheme, host, port > 0 ? port : asked.Port).Uri.ToString();
}
