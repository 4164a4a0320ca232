using System.Diagnostics.Metrics;
using Polly;
using Polly.Telemetry;
using Polly.Timeout;
using Resilience.Telemetry;

namespace Resilience.Timeouts;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal sealed class TimeoutTelemetry(string name)
{
    public const string StrategyName = "OperationTimeout";
    public const string TimeoutEvent = "OnTimeout"; // Polly's own name for it, so that its dashboards go on working
    public const string AbandonedEvent = "OnOperationAbandoned";
    public const string LateSuccessEvent = "OnLateSuccess";
    public const string RefusedEvent = "OnOperationRefused";

    private static readonly LiveSet<OperationTimeout> _live = new();
    private static readonly Counter<long> _fired = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.timeout.fired", "{call}", "Calls whose time was up, by the bound they ran into.");

    private static readonly Counter<long> _late = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.timeout.late_successes", "{call}", "Calls that succeeded although their time was up.");

    private static readonly Counter<long> _orphansEnded = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.timeout.orphans_ended", "{call}", "Abandoned calls that ended, by how.");

    private static readonly Counter<long> _refused = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.timeout.refused", "{call}", "Calls refused because too many abandoned ones still ran.");

    private readonly KeyValuePair<string, object?> _tag = new(ResilienceTags.Name, name);

    static TimeoutTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter("resilience.timeout.orphans", static () => Of(same => (long)same.Sum(static s => s.Orphans)), "{call}", "Abandoned calls that still run.");
        meter.CreateObservableGauge("resilience.timeout.limit", static () => Of(same => same.Max(static s => s.Timeout).TotalSeconds), "s", "How long a call may take now.");
    }

    public static void Watch(OperationTimeout timeout) => _live.Add(timeout);

    public void Fired(ResilienceStrategyTelemetry? polly, ResilienceContext context, OperationTimeoutException exception) => Safely(() =>
    {
        _fired.Add(1, _tag, new(ResilienceTags.Reason, NameOf(exception.Cause)));
        SpanNotes.Expired(exception.OperationName, exception.Timeout);
        if (polly is not null)
        {
            polly.SetTelemetrySource(exception);
            var happened = new ResilienceEvent(ResilienceEventSeverity.Error, TimeoutEvent);
            polly.Report(happened, context, new OnTimeoutArguments(context, exception.Timeout));
            if (exception.IsAbandoned)
            {
                polly.Report(new ResilienceEvent(ResilienceEventSeverity.Error, AbandonedEvent), context, new OnTimeoutArguments(context, exception.Timeout));
            }
        }
    });

    public void SucceededLate(ResilienceStrategyTelemetry? polly, ResilienceContext context, TimeSpan timeout) => Safely(() =>
    {
        _late.Add(1, _tag);
        polly?.Report(new ResilienceEvent(ResilienceEventSeverity.Warning, LateSuccessEvent), context, new OnTimeoutArguments(context, timeout));
    });

    public void Refused(ResilienceStrategyTelemetry? polly, ResilienceContext context, OrphanLimitException exception) => Safely(() =>
    {
        _refused.Add(1, _tag);
        polly?.SetTelemetrySource(exception);
        polly?.Report(new ResilienceEvent(ResilienceEventSeverity.Error, RefusedEvent), context, new OnTimeoutArguments(context, TimeSpan.Zero));
    });

    public void OrphanEnded(Exception? exception) => Safely(() =>
        _orphansEnded.Add(1, _tag, new(ResilienceTags.Result, exception is null ? "success" : exception is OperationCanceledException ? "cancelled" : "failure")));

    public void CallbackThrew(Exception exception) => CallbackErrors.Count(name, exception);

    private static string NameOf(TimeoutCause cause) => cause switch
    {
        TimeoutCause.Deadline => "deadline",
        TimeoutCause.Adaptive => "adaptive",
        _ => "operation",
    };

    private static IEnumerable<Measurement<T>> Of<T>(Func<IGrouping<string, TimeoutStatistics>, T> value)
        where T : struct =>
        _live.Snapshot()
            .Select(static timeout => timeout.Snapshot())
            .GroupBy(static statistics => statistics.Name)
            .Select(same => new Measurement<T>(value(same), new KeyValuePair<string, object?>(ResilienceTags.Name, same.Key)));

    // A listener's fault must not cost the caller his answer.
    private void Safely(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception exception)
        {
            CallbackThrew(exception);
        }
    }
}
