using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Resilience.Memory;

namespace ServiceDefaults.Memory;

/// <summary>Accounts what requests with a body hold. At the hard limit these are refused, as <c>temporary_reduced_capacity</c>; those without one go on being answered.</summary>
internal sealed class BodyAccounting(RequestDelegate next, MemoryManager memory)
{
    public const string Tag = "request";
    private const int CopiesOfBody = 4; // read, parsed, kept by the endpoint, and sent on
    private const int UnknownLength = 16 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true } || context.Request.ContentLength == 0)
        {
            await next(context);
            return;
        }

        using var tracked = memory.Track(Tag, (context.Request.ContentLength ?? UnknownLength) * CopiesOfBody);
        await next(context);
    }
}
