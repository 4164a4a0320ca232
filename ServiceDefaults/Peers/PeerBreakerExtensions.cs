using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Redis;
using ServiceDefaults.Peers;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Circuit breakers that hear of those in the service's other replicas.</summary>
public static class PeerBreakerExtensions
{
    /// <summary>Has the circuit breakers of all HTTP clients exchange what they found with the service's other replicas, over the Redis that <c>AddRedisCache</c> adds.</summary>
    /// <remarks>No call waits for it; without Redis every breaker decides alone. Settings: <c>Resilience:Peers</c>.</remarks>
    /// <param name="builder">The service's builder.</param>
    public static void AddPeerBreakers(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.AddValidatedOptions<PeerOptions>(PeerOptions.Section);
        builder.Services.AddSingleton(static services => new RedisBreakerExchange(
            services.GetRequiredService<IConnectionMultiplexer>(),
            services.GetRequiredService<IOptions<PeerOptions>>().Value,
            services.GetRequiredService<ILogger<RedisBreakerExchange>>(),
            services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<PeerBreakers>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<PeerBreakers>());
    }
}
