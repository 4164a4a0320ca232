using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

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

    /// <summary>Gets whether two are the same. Hashes, so that neither the length nor the first wrong character shows in how long it takes.</summary>
    public static bool IsSame(string sent, string token) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
