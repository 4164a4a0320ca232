using System.Globalization;
using Microsoft.AspNetCore.Http;
using Resilience.Deadlines;
using Resilience.Retries;

namespace ServiceDefaults.Deadlines;

/// <summary>What one hop tells the next about a request: how long it is waited for, and which attempt it is.</summary>
internal static class HopHeaders
{
    /// <summary>Reads the time that the caller waits; null when it says none, or nothing readable.</summary>
    public static TimeSpan? ReadTime(IHeaderDictionary headers) =>
        DeadlineHeaders.Read(headers[DeadlineHeaders.GrpcTimeout], headers[DeadlineHeaders.ExpectedTimeout]);

    /// <summary>Reads which of its caller's attempts a request is; nonsense is the first.</summary>
    public static int ReadAttempt(IHeaderDictionary headers) => AttemptCount.Parse(headers[AttemptCount.Header]);

    /// <summary>Gets what to tell the next hop of the time that is left: at least 1 ms, since a hop without any time isn't called.</summary>
    public static string WriteTime(TimeSpan left) =>
        DeadlineHeaders.Write(left) is { } text and not "0" ? text : 1.ToString(CultureInfo.InvariantCulture);

    /// <summary>Says both in a request's headers.</summary>
    public static void Announce(HttpRequestMessage request, TimeSpan left, int attempt)
    {
        Set(request, DeadlineHeaders.ExpectedTimeout, WriteTime(left));
        Set(request, AttemptCount.Header, AttemptCount.Format(attempt));
    }

    private static void Set(HttpRequestMessage request, string header, string value)
    {
        if (request.Headers.NonValidated.Count > 0)
        {
            request.Headers.Remove(header);
        }

        request.Headers.TryAddWithoutValidation(header, value);
    }
}
