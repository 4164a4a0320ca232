using Microsoft.Extensions.Http;

namespace ServiceDefaults.Http;

/// <summary>Puts the two handlers around whatever else a client has: once each, whoever configures the client how often.</summary>
internal sealed class HttpHandlerFilter(HttpPipelines pipelines) : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        var name = builder.Name ?? "";
        if (pipelines.OptionsOf(name).Enabled)
        {
            builder.AdditionalHandlers.Insert(0, new RetryHandler(pipelines, name));
            builder.AdditionalHandlers.Add(new DestinationHandler(pipelines, name)); // inside service discovery, where the destination is known
        }
    };
}
