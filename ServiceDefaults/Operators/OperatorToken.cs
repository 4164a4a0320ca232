using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Answer = ServiceDefaults.Problems.Problems;

namespace ServiceDefaults.Operators;

/// <summary>The secret that whoever works on a running service sends.</summary>
internal static class OperatorToken
{
    /// <summary>How many characters it must have.</summary>
    public const int ShortestLength = 16;

    /// <summary>Gets whether a request carries it as <c>Authorization: Bearer</c>.</summary>
    public static bool IsSent(HttpRequest request, string token) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var sent)
        && string.Equals(sent.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
        && IsSame(sent.Parameter ?? "", token);

    /// <summary>Says that it is required, and where it is set.</summary>
    public static ProblemHttpResult Required(HttpResponse response, string section)
    {
        response.Headers.WWWAuthenticate = "Bearer";
        return Answer.Of(StatusCodes.Status401Unauthorized, "token_required", "A token is required", $"Send 'Authorization: Bearer' with the token that {section}:Token has.");
    }

    /// <summary>Says what is wrong with one in the configuration; null when nothing is.</summary>
    public static ValidationResult? Fault(string? token, string section) => token is { Length: < ShortestLength }
        ? new($"{section}:Token has {token.Length} characters, which must be at least {ShortestLength}.")
        : null;

    /// <summary>Gets whether two are the same. Hashes, so that neither the length nor the first wrong character shows in how long it takes.</summary>
    public static bool IsSame(string sent, string token) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
