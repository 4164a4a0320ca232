using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ServiceDefaults.Problems;

/// <summary>Wires problem details for every error.</summary>
internal static class ProblemExtensions
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>(); // before the framework's, which leaves out clients that don't accept JSON
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = true); // else the field at fault is lost
#pragma warning disable RS0030 // The one door to chance; everything else takes a draw.
        services.TryAddSingleton(new RetryAfter(Random.Shared.NextDouble));
#pragma warning restore RS0030
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(RefuseOtherEncodingsAsync);
    }

    // System.Text.Json reads UTF-8; ASP.NET would transcode anything else that a client cares to name.
    private static Task RefuseOtherEncodingsAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.GetTypedHeaders().ContentType?.Charset is { HasValue: true } charset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException("The charset isn't UTF-8.", StatusCodes.Status415UnsupportedMediaType);
        }

        return next(context);
    }
}
