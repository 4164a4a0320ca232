using ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>Puts ServiceDefaults' breaker, limit and attempt timeout before each destination, with the settings of <c>Resilience:Clients:{cluster}</c>.</summary>
internal sealed class GuardedForwarderFactory(IServiceProvider services) : ForwarderHttpClientFactory
{
    private static readonly TimeSpan _connectWithin = TimeSpan.FromSeconds(1); // a black hole is found before the deadline is spent
    private static readonly TimeSpan _reconnectEvery = TimeSpan.FromMinutes(2); // a name that moved is noticed

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectTimeout = _connectWithin;
        handler.PooledConnectionLifetime = _reconnectEvery;
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        services.CreateDestinationHandler(context.ClusterId, base.WrapHandler(context, handler));
}
