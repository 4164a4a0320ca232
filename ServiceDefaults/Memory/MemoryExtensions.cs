using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Memory;
using Resilience.ObjectPools;
using Resilience.Pipelines;

namespace ServiceDefaults.Memory;

/// <summary>Keeps a service from being killed for its memory: pools are trimmed first, then caches shrunk, then load shed by whoever registered for that; what would hold more is refused.</summary>
internal static class MemoryExtensions
{
    public static void AddMemoryLimits(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<MemoryLimits>(MemoryLimits.Section);
        builder.Services.TryAddSingleton<IMemorySource, ProcessMemorySource>();
        builder.Services.TryAddSingleton<ResilienceCatalogue>();
        builder.Services.AddSingleton(static services =>
        {
            var limits = services.GetRequiredService<IOptions<MemoryLimits>>().Value;
            var memory = new MemoryManager(
                "service",
                new() { SoftLimit = MemoryLimit.OfAvailable(limits.SoftLimit), HardLimit = MemoryLimit.OfAvailable(limits.HardLimit) },
                services.GetRequiredService<IMemorySource>(),
                services.GetRequiredService<TimeProvider>());
            memory.Register(MemoryStage.TrimPools, static pressure => Pools.TrimAll(pressure.Severity));
            memory.Register(MemoryStage.ShrinkCaches, pressure => Compact(services.GetServices<IMemoryCache>(), pressure.Severity));
            services.GetRequiredService<ResilienceCatalogue>().Add("memory", MemoryEntries.For(memory), MemoryEntries.ForCollector());
            return memory;
        });
    }

    /// <summary>Accounts the bodies of requests, and refuses those for which there is no memory left.</summary>
    public static void UseMemoryLimits(this WebApplication app) => app.UseMiddleware<BodyAccounting>();

    // What has expired goes first, then what was used least recently, by priority.
    private static void Compact(IEnumerable<IMemoryCache> caches, double share)
    {
        foreach (var cache in caches.OfType<MemoryCache>())
        {
            cache.Compact(share);
        }
    }
}
