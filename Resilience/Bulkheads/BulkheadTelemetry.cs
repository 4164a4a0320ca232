using System.Diagnostics.Metrics;
using Polly;
using Polly.Telemetry;
using Resilience.Telemetry;

namespace Resilience.Bulkheads;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class BulkheadTelemetry
{
    public const string StrategyName = "Bulkhead";
    public const string RejectedEvent = "OnBulkheadRejected";

    private static readonly LiveSet<Bulkhead> _live = new();
    private static readonly Histogram<double> _queueDuration = ResilienceTelemetry.Meter.CreateHistogram(
        "resilience.bulkhead.queue.duration",
        "s",
        "How long calls waited that had to wait and were let in.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] });

    static BulkheadTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter("resilience.bulkhead.limit", static () => Sum(static s => s.Limit), "{call}", "How many calls may run at a time.");
        meter.CreateObservableUpDownCounter("resilience.bulkhead.in_use", static () => Sum(static s => s.InUse), "{call}", "How many calls run now.");
        meter.CreateObservableUpDownCounter("resilience.bulkhead.queue.length", static () => Sum(static s => s.Queued), "{call}", "How many calls wait now.");
        meter.CreateObservableCounter("resilience.bulkhead.granted", static () => Sum(static s => s.Granted), "{call}", "Calls let in.");
        meter.CreateObservableCounter("resilience.bulkhead.rejected", Rejected, "{call}", "Calls not let in, by reason.");
        meter.CreateObservableCounter(
            "resilience.bulkhead.double_releases", static () => Sum(static s => s.DoubleReleases), "{permit}", "Permits given back twice: each is a bug.");
    }

    public static void Watch(Bulkhead bulkhead) => _live.Add(bulkhead);

    public static void Forget(Bulkhead bulkhead) => _live.Remove(bulkhead);

    public static void Waited(string bulkhead, TimeSpan waited) => NamedSeries.Record(_queueDuration, bulkhead, waited);

    public static BulkheadRejectedException Rejected(
        ResilienceStrategyTelemetry polly, ResilienceContext context, BulkheadRejectedException refusal)
    {
        polly.SetTelemetrySource(refusal);
        polly.Report(new ResilienceEvent(ResilienceEventSeverity.Warning, RejectedEvent), context, new BulkheadRejectedArguments(refusal.Reason));
        return refusal;
    }

    private static IEnumerable<IGrouping<string, BulkheadSnapshot>> ByName() =>
        _live.Snapshot().Select(static bulkhead => bulkhead.Snapshot()).GroupBy(static snapshot => snapshot.Name);

    private static IEnumerable<Measurement<long>> Sum(Func<BulkheadSnapshot, long> value) => NamedSeries.Sum(ByName(), value);

    private static IEnumerable<Measurement<long>> Rejected() => NamedSeries.Split(ByName(), ResilienceTags.Reason,
    [
        ("queue_full", static s => s.RejectedQueueFull),
        ("queue_timeout", static s => s.RejectedQueueTimeout),
        ("deadline", static s => s.RejectedDeadline),
        ("shutdown", static s => s.RejectedShutdown),
    ]);
}
