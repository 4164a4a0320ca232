using Microsoft.Extensions.DependencyInjection;
using Resilience.Recovery;
using Resilience.Redis;
using ServiceDefaults.Recovery;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>A recovery that doesn't take a whole fleet away at once.</summary>
public static class RecoveryLeaseExtensions
{
    /// <summary>Has a service's replicas recover themselves in parts, which they agree on over the Redis that <c>AddRedisCache</c> adds.</summary>
    /// <remarks>How large a part: <c>Resilience:Recovery:FleetShare</c>. Without Redis nothing is done.</remarks>
    /// <param name="builder">The service's builder.</param>
    public static void AddRecoveryLease(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddSingleton(static services => new RedisRecoveryLease(
            services.GetRequiredService<IConnectionMultiplexer>(),
            services.GetRequiredService<IHostEnvironment>().ApplicationName,
            time: services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IRecoveryLease>(static services => services.GetRequiredService<RedisRecoveryLease>());
        builder.Services.AddHostedService<RecoveryLeaseRunner>();
    }
}
