using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults.Hosting;

/// <summary>How much of a request a service reads before it refuses: sizes for APIs that speak small JSON.</summary>
internal static class ServerLimits
{
    private const int MaxBody = 64 * 1024;
    private const int MaxHeaders = 32 * 1024;
    private const int MaxHeaderCount = 100;
    private const int MaxRequestLine = 8 * 1024;
    private const int MaxJsonDepth = 32;

    // A client that dribbles its headers holds a connection and nothing else; 10 s is far beyond what a slow network needs for 32 KB.
    private static readonly TimeSpan _headersWithin = TimeSpan.FromSeconds(10);

    public static void AddServerLimits(this IServiceCollection services)
    {
        services.Configure<KestrelServerOptions>(static server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = MaxBody;
            server.Limits.MaxRequestHeadersTotalSize = MaxHeaders;
            server.Limits.MaxRequestHeaderCount = MaxHeaderCount;
            server.Limits.MaxRequestLineSize = MaxRequestLine;
            server.Limits.RequestHeadersTimeout = _headersWithin;
        });
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.MaxDepth = MaxJsonDepth;
            json.SerializerOptions.AllowDuplicateProperties = false; // two readers would see two requests
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // the web defaults read "1" as 1
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter());
        });
    }
}
