using Scalar.AspNetCore;

namespace Gateway.Reference;

/// <summary>The description of the public API, and a page to read and try it, in Development.</summary>
internal static class ReferenceExtensions
{
    private const string Document = "/openapi/v1.json";

    public static void MapReference(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        app.MapGet(Document, static () => TypedResults.Stream(Read(), "application/json")).ExcludeFromDescription();
        app.MapScalarApiReference(static page => page
            .WithTitle("The shop")
            .WithOpenApiRoutePattern(Document)
            .DisableDefaultFonts()); // nothing from outside this machine
    }

    internal static Stream Read() => typeof(ReferenceExtensions).Assembly.GetManifestResourceStream("openapi.json")!;
}
