using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Bulkheads;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class ThreadBulkheadTelemetry
{
    public const string StrategyName = "ThreadBulkhead";

    private static readonly LiveSet<ThreadBulkhead> _live = new();

    static ThreadBulkheadTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter(
            "resilience.thread_bulkhead.threads", static () => Sum(static s => s.Threads), "{thread}", "How much work may run at a time.");
        meter.CreateObservableUpDownCounter(
            "resilience.thread_bulkhead.busy", static () => Sum(static s => s.Busy), "{thread}", "How many threads run somebody's code now.");
        meter.CreateObservableUpDownCounter(
            "resilience.thread_bulkhead.queue.length", static () => Sum(static s => s.Queued), "{call}", "How much work waits for a thread now.");
        meter.CreateObservableCounter(
            "resilience.thread_bulkhead.completed", static () => Sum(static s => s.Completed), "{call}", "Work that has run on the threads.");
        meter.CreateObservableCounter("resilience.thread_bulkhead.rejected", Rejected, "{call}", "Work not accepted, by reason.");
    }

    public static void Watch(ThreadBulkhead bulkhead) => _live.Add(bulkhead);

    public static void Forget(ThreadBulkhead bulkhead) => _live.Remove(bulkhead);

    private static IEnumerable<IGrouping<string, ThreadBulkheadSnapshot>> ByName() =>
        _live.Snapshot().Select(static bulkhead => bulkhead.Snapshot()).GroupBy(static snapshot => snapshot.Name);

    private static IEnumerable<Measurement<long>> Sum(Func<ThreadBulkheadSnapshot, long> value) => NamedSeries.Sum(ByName(), value);

    private static IEnumerable<Measurement<long>> Rejected() => NamedSeries.Split(ByName(), ResilienceTags.Reason,
    [
        ("queue_full", static s => s.RejectedQueueFull),
        ("deadline", static s => s.RejectedDeadline),
        ("shutdown", static s => s.RejectedShutdown),
    ]);
}
