using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults.Problems;

/// <summary>Says when to come back.</summary>
/// <param name="draw">Gives a number from 0 (inclusive) to 1 (exclusive).</param>
public sealed class RetryAfter(Func<double> draw)
{
    private const int ShortestSeconds = 1;
    private const int LongestSeconds = 3;

    /// <summary>Asks a client that was refused for want of capacity to come back in 1 to 3 s, each at another moment, so that they don't all come back at once.</summary>
    /// <param name="response">The refusal.</param>
    public void SetJittered(HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);

        Set(response, TimeSpan.FromSeconds(ShortestSeconds + (int)(draw() * (LongestSeconds - ShortestSeconds + 1))));
    }

    /// <summary>Asks to come back after a time, in whole seconds and at least one.</summary>
    internal static void Set(HttpResponse response, TimeSpan? after) =>
        response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling((after ?? TimeSpan.Zero).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
