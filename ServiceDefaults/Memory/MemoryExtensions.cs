using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Memory;
using Resilience.ObjectPools;

namespace ServiceDefaults.Memory;

/// <summary>Keeps a service from being killed for its memory: pools are trimmed first, then what would hold more is refused.</summary>
internal static class MemoryExtensions
{
    public static void AddMemoryLimits(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<MemoryLimits>(MemoryLimits.Section);
        builder.Services.TryAddSingleton<IMemorySource, ProcessMemorySource>();
        builder.Services.AddSingleton(static services =>
        {
            var limits = services.GetRequiredService<IOptions<MemoryLimits>>().Value;
            var memory = new MemoryManager(
                "service",
                new() { SoftLimit = MemoryLimit.OfAvailable(limits.SoftLimit), HardLimit = MemoryLimit.OfAvailable(limits.HardLimit) },
                services.GetRequiredService<IMemorySource>(),
                services.GetRequiredService<TimeProvider>());
            memory.Register(MemoryStage.TrimPools, static pressure => Pools.TrimAll(pressure.Severity));
            return memory;
        });
    }

    /// <summary>Accounts the bodies of requests, and refuses those for which there is no memory left.</summary>
    public static void UseMemoryLimits(this WebApplication app) => app.UseMiddleware<BodyAccounting>();
}
