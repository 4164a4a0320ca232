using System.Diagnostics;
using System.Net;

namespace Services.Tests;

/// <summary>What holds within a second: that is what a connection pool may take to find out that its server is back.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(1);

    /// <summary>Asks again as long as the answer is 503, for a second.</summary>
    /// <param name="ask">Sends the request.</param>
    /// <returns>The first other answer, or the last one.</returns>
    public static async Task<HttpResponseMessage> AnswersAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            var reply = await ask();
            if (reply.StatusCode is not HttpStatusCode.ServiceUnavailable || waiting.Elapsed > _within)
            {
                return reply;
            }

            reply.Dispose();
        }
    }
}
