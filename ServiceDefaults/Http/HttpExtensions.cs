using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Resilience.Pipelines;
using ServiceDefaults.Configuration;

namespace ServiceDefaults.Http;

/// <summary>Wires service discovery and resilience for every <see cref="HttpClient"/> that the factory makes.</summary>
public static class HttpExtensions
{
    /// <summary>Gets under what a request says how often it was sent before: shown in its span.</summary>
    public static HttpRequestOptionsKey<int> Resends { get; } = new("ServiceDefaults.Resends");

    /// <summary>Gives calls that don't go through the factory, such as a proxy's, one attempt at each destination under the client's settings.</summary>
    /// <param name="services">The container.</param>
    /// <param name="client">Whose settings: <c>Resilience:Clients:{client}</c>.</param>
    /// <param name="inner">Sends.</param>
    /// <returns>A handler with a breaker, a limit and a timeout for each destination.</returns>
    public static HttpMessageHandler CreateDestinationHandler(this IServiceProvider services, string client, HttpMessageHandler inner) =>
        new DestinationHandler(services.GetRequiredService<HttpPipelines>().Of(client), dependency: client) { InnerHandler = inner };

    internal static void AddHttpDefaults(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(static http => http.AddServiceDiscovery());
        builder.AddHttpResilience();
    }

    private static void AddHttpResilience(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton<ResilienceCatalogue>();
        services.AddSingleton<HttpPipelines>();
        services.AddSingleton<IHttpMessageHandlerBuilderFilter, HttpHandlerFilter>();

        services.AddSingleton<IConfigureOptions<HttpResilienceOptions>, ConfigureByName>();
        services.AddSingleton<IValidateOptions<HttpResilienceOptions>>(new SectionValidator<HttpResilienceOptions>(SectionOf));
        foreach (var client in builder.Configuration.GetSection(HttpResilienceOptions.Section).GetChildren())
        {
            services.AddOptions<HttpResilienceOptions>(client.Key).ValidateOnStart();
        }
    }

    private static string SectionOf(string? client) => $"{HttpResilienceOptions.Section}:{client}";

    private sealed class ConfigureByName(IConfiguration configuration) : IConfigureNamedOptions<HttpResilienceOptions>
    {
        public void Configure(string? name, HttpResilienceOptions options)
        {
            if (!string.IsNullOrEmpty(name))
            {
                SectionBinder.Bind(options, name, configuration.GetSection(SectionOf(name)));
            }
        }

        public void Configure(HttpResilienceOptions options) => Configure(Options.DefaultName, options);
    }
}
