using AppHost.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace AppHost;

/// <summary>What all services of this shop have in common.</summary>
internal static class ServiceExtensions
{
    private const int ExportTimeout = 1000; // ms

    /// <summary>Gives a service its health check, a port of its own, its fault commands and its icon.</summary>
    /// <param name="service">The service.</param>
    /// <param name="icon">A name among Fluent UI's icons.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithServiceDefaults(this IResourceBuilder<ProjectResource> service, string icon)
    {
        service
            .WithIconName(icon)
            .WithServiceHealthCheck()
            // No service answers at its root, and the health is in the column State: both addresses are for the details.
            .WithUrlForEndpoint("http", static url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithUrlForEndpoint("http", static _ => new() { Url = "/health", DisplayText = "Health", DisplayLocation = UrlDisplayLocation.DetailsOnly })
            .WithPage("/resilience", "Patterns at work");
        if (service.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            service.RunBuilt().WithPrivatePort().WithFaultCommands()
                // The dashboard ends together with the services: none of them shall wait for it with its last telemetry.
                .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", ExportTimeout.ToString(System.Globalization.CultureInfo.InvariantCulture));
#pragma warning disable ASPIRECERTIFICATES001 // For evaluation only in 13.6. The services speak plain HTTP on loopback; without this Aspire warns of the certificate that they don't need.
            service.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
        }

        return service;
    }

    /// <summary>Has Aspire ask a service's <c>/health</c>, often as long as it isn't healthy.</summary>
    /// <param name="service">The service.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithServiceHealthCheck(this IResourceBuilder<ProjectResource> service)
    {
        var (name, services) = ($"{service.Resource.Name}_health", service.ApplicationBuilder.Services);
        services.AddKeyedSingleton(name, (provider, _) => new ServiceHealthCheck(service.GetEndpoint("http"), provider.GetRequiredService<TimeProvider>()));
        services.AddHealthChecks().Add(new(name, provider => provider.GetRequiredKeyedService<ServiceHealthCheck>(name), failureStatus: null, tags: null));
        return service.WithHealthCheck(name);
    }

    /// <summary>Puts a link to one of a service's pages into the dashboard.</summary>
    /// <param name="service">The service.</param>
    /// <param name="path">The page's path.</param>
    /// <param name="text">What the link says.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithPage(this IResourceBuilder<ProjectResource> service, string path, string text) =>
        service.WithUrlForEndpoint("http", _ => new() { Url = path, DisplayText = text });

    /// <summary>Has Aspire choose the port that others reach a service by, and hold it for as long as the application runs.</summary>
    /// <remarks>A port that is written down is chosen by two checkouts of the same repository: one of them would then talk to the other's service.</remarks>
    /// <param name="service">The service.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithPrivatePort(this IResourceBuilder<ProjectResource> service) =>
        service.WithEndpoint("http", static endpoint => endpoint.Port = null);
}
