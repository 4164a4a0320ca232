using System.Diagnostics;
using OpenTelemetry.Instrumentation.StackExchangeRedis;

namespace ServiceDefaults.Stores;

/// <summary>What the spans of Redis commands say.</summary>
/// <remarks>
/// The instrumentation writes the conventions' old attributes unless an environment variable says otherwise. The new ones are written here.
/// Source: OpenTelemetry semantic conventions 1.37, "Semantic conventions for Redis".
/// </remarks>
internal static class RedisSpans
{
    private static readonly TimeSpan _flushInterval = TimeSpan.FromMilliseconds(500); // 10 s by default: a trace would be without them for as long

    public static void Configure(StackExchangeRedisInstrumentationOptions options)
    {
        options.FlushInterval = _flushInterval;
        options.EnrichActivityWithTimingEvents = false; // three events for each command
        options.Enrich = static (span, context) => Describe(span, context.ProfiledCommand.Command, context.ProfiledCommand.ResponseToCompletion);
    }

    private static void Describe(Activity span, string command, TimeSpan responseToCompletion)
    {
        span.SetTag("db.system", null);
        span.SetTag("db.system.name", "redis");
        span.SetTag("db.operation.name", command);

        // The client measures the time between a reply and its result. An error, or no reply, has no result. It doesn't say which.
        if (responseToCompletion == TimeSpan.Zero)
        {
            span.SetTag("error.type", "_OTHER");
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
