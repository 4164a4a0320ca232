using ServiceDefaults.Http;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>Asks each replica every second whether it has started, so that one that is just starting again isn't sent what another can do.</summary>
internal sealed class StartupProbes : IProbingRequestFactory
{
    public HttpRequestMessage CreateRequest(ClusterModel cluster, DestinationModel destination) =>
        new ProbeRequest(new(new(destination.Config.Address), cluster.Config.HealthCheck?.Active?.Path));
}
