using Gateway.Clients;
using Microsoft.Net.Http.Headers;
using ServiceDefaults.Http;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Forwarding;

/// <summary>Which headers pass, in either direction.</summary>
internal static class Headers
{
    private const string Prefix = "/api";

    public static void Transform(TransformBuilderContext route)
    {
        route.UseDefaultForwarders = false; // the services don't build URLs, so they needn't know where the gateway was asked
        route.AddRequestHeadersAllowed(
            HeaderNames.Accept, HeaderNames.AcceptLanguage, HeaderNames.ContentLength, HeaderNames.ContentType, HeaderNames.UserAgent, "Idempotency-Key");
        route.AddRequestTransform(static request =>
        {
            request.ProxyRequest.Headers.TryAddWithoutValidation(ClientIdentity.Header, request.HttpContext.Features.Get<ClientIdentity>()!.Id);
            if (AnotherReplica.ResendsOf(request.HttpContext) is > 0 and var resends)
            {
                request.ProxyRequest.Options.Set(HttpExtensions.Resends, resends);
            }

            return ValueTask.CompletedTask;
        });
        route.AddResponseTransform(static response =>
        {
            response.HttpContext.Response.Headers.Remove(HeaderNames.Server);
            response.SuppressResponseBody |= AnotherReplica.IsStillAtWork(response.HttpContext, response.ProxyResponse);

            // A service says where a thing is in its own words; a stored answer too, so a replay is rewritten like the first one.
            if (response.HttpContext.Response.Headers.Location.ToString() is ['/', ..] location)
            {
                response.HttpContext.Response.Headers.Location = Prefix + location;
            }

            return ValueTask.CompletedTask;
        });
    }
}
