using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace ServiceDefaults.Problems;

/// <summary>Says in OpenAPI which problems an endpoint answers with.</summary>
public static class ProblemMetadata
{
    private const string ContentType = "application/problem+json";

    /// <summary>Documents the problems of an endpoint, one response for each status, described by its codes.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="codes">Codes of <see cref="Problems.Codes"/>, or the service's own, which are taken to be 409.</param>
    /// <returns>The same <paramref name="endpoint"/>.</returns>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params string[] codes)
    {
        foreach (var group in codes.GroupBy(static code => ProblemKind.Find(code)?.Status ?? StatusCodes.Status409Conflict))
        {
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(group.Key, typeof(ProblemDetails), [ContentType])
            {
                Description = string.Join(" or ", group.Select(static code => $"`{code}`")),
            });
        }

        return endpoint;
    }
}
