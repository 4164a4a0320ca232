using System.Diagnostics;

namespace Resilience.Telemetry;

/// <summary>Notes on the current span what a pattern did to a call: as attributes, for lists, and as events, for the time.</summary>
/// <remarks>Without a recorded span, a note costs the look for one.</remarks>
internal static class SpanNotes
{
    public static void Refused(string by, string name)
    {
        if (Current is { } span)
        {
            span.SetTag(ResilienceAttributes.RefusedBy, by);
            span.SetTag(ResilienceAttributes.RefusedByName, name);
            span.AddEvent(new(ResilienceAttributes.RefusedEvent, tags: new() { { ResilienceAttributes.RefusedBy, by }, { ResilienceAttributes.RefusedByName, name } }));
        }
    }

    public static void Expired(string name, TimeSpan budget)
    {
        if (Current is { } span)
        {
            span.SetTag(ResilienceAttributes.DeadlineExpired, name);
            span.AddEvent(new(
                ResilienceAttributes.DeadlineEvent,
                tags: new() { { ResilienceAttributes.DeadlineExpired, name }, { ResilienceAttributes.DeadlineBudget, budget.TotalSeconds } }));
        }
    }

    public static void Retrying(string name, int retry, TimeSpan pause, string? errorType)
    {
        if (Current is { } span)
        {
            span.SetTag(ResilienceAttributes.RetryCount, 1 + (span.GetTagItem(ResilienceAttributes.RetryCount) as int? ?? 0));
            span.AddEvent(new(ResilienceAttributes.RetryEvent, tags: new()
            {
                { ResilienceTags.Name, name },
                { ResilienceAttributes.ResendCount, retry },
                { ResilienceAttributes.RetryPause, pause.TotalSeconds },
                { "error.type", errorType },
            }));
        }
    }

    public static void Struck(string fault, string kind)
    {
        if (Current is { } span)
        {
            var before = span.GetTagItem(ResilienceAttributes.FaultName) as string;
            span.SetTag(ResilienceAttributes.FaultName, before is null ? fault : $"{before}, {fault}");
            span.SetTag(ResilienceAttributes.FaultKind, kind);
            span.AddEvent(new(
                ResilienceAttributes.FaultEvent, tags: new() { { ResilienceAttributes.FaultName, fault }, { ResilienceAttributes.FaultKind, kind } }));
        }
    }

    private static Activity? Current => Activity.Current is { IsAllDataRequested: true } span ? span : null;
}
