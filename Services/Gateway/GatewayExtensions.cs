using System.Diagnostics;
using Gateway.Clients;
using Gateway.Forwarding;
using Gateway.Limits;
using Gateway.Reference;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Gateway;

/// <summary>What the gateway is made of. Its routes are in <c>appsettings.json</c>.</summary>
internal static class GatewayExtensions
{
    public static void AddGateway(this WebApplicationBuilder builder)
    {
        builder.AddLimits();

        builder.Services.AddSingleton<DistributedContextPropagator, TraceOnlyPropagator>();
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator()); // OpenTelemetry's own way in: baggage from outside is dropped there too

        builder.Services.AddSingleton<IDestinationResolver, DiscoveredDestinations>();
        builder.Services.AddSingleton<IForwarderHttpClientFactory, GuardedForwarderFactory>();
        builder.Services.AddSingleton<IProbingRequestFactory, StartupProbes>();
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddTransforms(Headers.Transform);
        builder.AddGatewayWarmUp();
    }

    /// <summary>Takes away what must not come from outside, before anything reads it, and finds out who is asking.</summary>
    public static void UseEdge(this WebApplication app) => app.UseMiddleware<EdgeMiddleware>();

    public static void MapGateway(this WebApplication app)
    {
        app.UseRateLimiter();
        app.MapReverseProxy(static proxy =>
        {
            proxy.Use(ForwardingFailures.ThrowAsync);
            proxy.Use(AnotherReplica.TryAsync);
            proxy.UseLoadBalancing();
        });
        app.MapReference();
    }
}
