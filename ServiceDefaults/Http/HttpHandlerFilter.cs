using Microsoft.Extensions.Http;

namespace ServiceDefaults.Http;

/// <summary>Puts the three handlers around whatever else a client has: once each, whoever configures the client how often.</summary>
internal sealed class HttpHandlerFilter(HttpPipelines pipelines) : IHttpMessageHandlerBuilderFilter
{
    // Microsoft.Extensions.Http.Resilience's, known by name: this project doesn't reference it.
    private const string OtherHandler = "ResilienceHandler";

    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        var name = builder.Name ?? "";
        var client = pipelines.Of(name);
        if (!client.Options.Enabled)
        {
            return;
        }

        if (builder.AdditionalHandlers.FirstOrDefault(static handler => handler.GetType().Name == OtherHandler) is { } other)
        {
            throw new InvalidOperationException(
                $"The HTTP client '{name}' has a second resilience handler, {other.GetType().FullName}: its retries would multiply those of ServiceDefaults. "
                + $"Take out AddStandardResilienceHandler or AddResilienceHandler, or set {HttpResilienceOptions.Section}:{name}:Enabled to false.");
        }

        builder.AdditionalHandlers.Insert(0, new RetryHandler(client));
        builder.AdditionalHandlers.Insert(1, new HedgingHandler(client));
        builder.AdditionalHandlers.Add(new DestinationHandler(client)); // inside service discovery, where the destination is known
    };
}
