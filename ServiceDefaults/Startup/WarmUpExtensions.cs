using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServiceDefaults.Startup;

namespace Microsoft.Extensions.Hosting;

/// <summary>Work that makes a service's first answer as fast as the next ones. <c>ServiceDefaults:WarmUp=false</c> leaves it out.</summary>
public static partial class WarmUpExtensions
{
    private const string Setting = "ServiceDefaults:WarmUp";
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(3); // a start takes no longer for it, however slow the machine

    /// <summary>Adds start-up work that warms the service's own path: its code, its connections, its statements.</summary>
    /// <remarks>
    /// It runs after the work that was added before it. It can't fail the start: what it throws is a line at Debug, and it ends after 3 s. Then the start's
    /// garbage is collected.
    /// </remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="work">Does it. It must change nothing.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IHostApplicationBuilder AddWarmUp(this IHostApplicationBuilder builder, Func<IServiceProvider, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(work);

        return !IsOn(builder) ? builder : builder.AddStartupWork("warm-up", (services, cancellationToken) => RunAsync(services, work, cancellationToken));
    }

    /// <summary>Adds work that warms the path to another service, as soon as that one serves: the start doesn't wait for it.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="dependency">The other service's name in service discovery, such as <c>inventory</c>.</param>
    /// <param name="work">Does it, once. It must change nothing.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IHostApplicationBuilder AddWarmUp(
        this IHostApplicationBuilder builder, string dependency, Func<IServiceProvider, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(dependency);
        ArgumentNullException.ThrowIfNull(work);

        if (!IsOn(builder))
        {
            return builder;
        }

        builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<DependencyWarmUp>(
            services, dependency, (Func<CancellationToken, Task>)(cancellationToken => RunAsync(services, work, cancellationToken))));
        return builder;
    }

    private static bool IsOn(IHostApplicationBuilder builder) => builder.Configuration.GetValue(Setting, defaultValue: true);

    private static async Task RunAsync(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        using var within = new CancellationTokenSource(_within, services.GetRequiredService<TimeProvider>());
        using var either = CancellationTokenSource.CreateLinkedTokenSource(within.Token, stoppingToken);
        try
        {
            await work(services, either.Token);
        }
#pragma warning disable CA1031 // The first customer waits a little longer then: no reason not to serve.
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(services.GetRequiredService<ILogger<WarmUpRequests>>(), failure);
        }

        // What only the start needed is garbage now. Here it costs no customer a pause, and an idle service keeps a sixth less memory.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The warm-up was not finished; the first requests may be slower.")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
