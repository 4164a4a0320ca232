using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ServiceDefaults.Configuration;
using ServiceDefaults.Deadlines;
using ServiceDefaults.Faults;
using ServiceDefaults.Health;
using ServiceDefaults.Hosting;
using ServiceDefaults.Http;
using ServiceDefaults.Memory;
using ServiceDefaults.Problems;
using ServiceDefaults.Profiling;
using ServiceDefaults.Recovery;
using ServiceDefaults.Startup;
using ServiceDefaults.Telemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service calls: two lines, <c>builder.AddServiceDefaults()</c> and <c>app.MapDefaultEndpoints()</c>.</summary>
public static class Extensions
{
    /// <summary>Adds telemetry, health checks, service discovery, resilient HTTP clients, deadlines, problem details, limits of the server and of its memory, and recovery.</summary>
    /// <typeparam name="TBuilder">The kind of host.</typeparam>
    /// <param name="builder">The service's builder.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

#pragma warning disable RS0030 // The one place where the container gets its clock; everything else asks the container.
        builder.Services.TryAddSingleton(TimeProvider.System);
#pragma warning restore RS0030

        builder.AddVia();
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        builder.AddHttpDefaults();
        builder.AddMemoryLimits();
        builder.AddFaultInjection();
        builder.AddRecovery();
        builder.AddValidatedOptions<DeadlineOptions>(DeadlineOptions.Section);
        builder.AddValidatedOptions<ProfilingOptions>(ProfilingOptions.Section);
        builder.Services.AddProblems();
        builder.Services.AddServerLimits();
        StartLog.AddTo(builder);
        return builder;
    }

    /// <summary>Adds logs, metrics and traces, sent to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> when that is set.</summary>
    /// <typeparam name="TBuilder">The kind of host.</typeparam>
    /// <param name="builder">The service's builder.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        return builder;
    }

    /// <summary>Adds the checks that every service has; the stores' clients add theirs.</summary>
    /// <typeparam name="TBuilder">The kind of host.</typeparam>
    /// <param name="builder">The service's builder.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton<StartupState>();
        builder.Services.AddHostedService<StartupRunner>();
        builder.Services.TryAddSingleton<WarmUpRequests>();
        builder.AddHealth();
        return builder;
    }

    /// <summary>Puts problem details, deadlines and the start-up gate before the service's endpoints, and maps <c>/health</c>, <c>/alive</c>, <c>/startup</c> and, in development, <c>/resilience</c>, <c>/resilience/recovery</c>, <c>/profile</c> and, if enabled, <c>/faults</c>.</summary>
    /// <remarks>Call it right after <c>Build()</c>: what is mapped or used later is inside.</remarks>
    /// <param name="app">The service.</param>
    /// <returns>The same <paramref name="app"/>.</returns>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        app.UseProblems();
        app.UseMiddleware<DeadlineMiddleware>();
        app.UseMiddleware<StartupGate>();
        app.UseFaultInjection();
        app.UseMemoryLimits();
        app.MapHealthEndpoints();
        app.MapPrometheus();
        app.MapResilience();
        app.MapRecovery();
        app.MapProfile();
        return app;
    }
}
