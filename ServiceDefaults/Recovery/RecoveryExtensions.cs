using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Memory;
using Resilience.ObjectPools;
using Resilience.Pipelines;
using Resilience.Recovery;

namespace ServiceDefaults.Recovery;

/// <summary>Runs every <see cref="IRecoveryProcedure"/> of the container: a dry run, until the configuration says otherwise.</summary>
internal static class RecoveryExtensions
{
    public const string Section = "Resilience:Recovery";

    public static void AddRecovery(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddValidatedOptions<RecoveryOptions>(Section).Configure<IServiceProvider>(
            static (options, services) => options.Lease = services.GetService<IRecoveryLease>() ?? options.Lease);
        builder.AddValidatedOptions<RecoveryOperatorOptions>(RecoveryOperatorOptions.Section);
        services.AddSingleton(static services => RecoveryProcedures.TrimMemory(services.GetRequiredService<MemoryManager>(), static () => Pools.TrimAll(share: 1)));
        services.AddSingleton(static services =>
        {
            var recovery = new RecoveryOrchestrator(
                services.GetRequiredService<IHostEnvironment>().ApplicationName,
                services.GetRequiredService<IOptions<RecoveryOptions>>().Value,
                services.GetRequiredService<TimeProvider>());
            foreach (var procedure in services.GetServices<IRecoveryProcedure>())
            {
                recovery.Add(procedure);
            }

            return recovery;
        });
        services.AddHostedService<RecoveryRunner>();
    }
}
