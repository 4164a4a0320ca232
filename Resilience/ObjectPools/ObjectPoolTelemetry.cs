using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.ObjectPools;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class ObjectPoolTelemetry
{
    private static readonly LiveSet<ITrackedPool> _live = new();
    private static readonly Histogram<double> _waitTime = ResilienceTelemetry.Meter.CreateHistogram(
        "resilience.object_pool.wait_time",
        "s",
        "How long rents waited that had to wait and got an object.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] });

    static ObjectPoolTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter("resilience.object_pool.count", Counts, "{object}", "Objects that a pool knows, idle or used.");
        meter.CreateObservableUpDownCounter("resilience.object_pool.max", static () => Sum(static s => s.MaxSize), "{object}", "How many objects a pool knows at most.");
        meter.CreateObservableUpDownCounter("resilience.object_pool.pending_requests", static () => Sum(static s => s.Waiting), "{rent}", "Rents that wait now.");
        meter.CreateObservableCounter("resilience.object_pool.rents", static () => Sum(static s => s.Rents), "{rent}", "Objects handed out.");
        meter.CreateObservableCounter("resilience.object_pool.created", static () => Sum(static s => s.Created), "{object}", "Objects made.");
        meter.CreateObservableCounter("resilience.object_pool.discarded", static () => Sum(static s => s.Discarded), "{object}", "Objects thrown away.");
        meter.CreateObservableCounter("resilience.object_pool.lost", static () => Sum(static s => s.Lost), "{object}", "Objects never returned: each is a bug.");
        meter.CreateObservableCounter("resilience.object_pool.refused", static () => Sum(static s => s.Refused), "{rent}", "Rents that got no object.");
        meter.CreateObservableCounter("resilience.object_pool.misuses", Misuses, "{return}", "Returns that were refused, by reason: each is a bug.");
    }

    public static IReadOnlyList<ITrackedPool> Live => _live.Snapshot();

    public static void Watch(ITrackedPool pool)
    {
        _live.Add(pool);
        GenerationTwo.Watch();
    }

    public static void Forget(ITrackedPool pool) => _live.Remove(pool);

    public static void Waited(string pool, TimeSpan waited) => NamedSeries.Record(_waitTime, pool, waited);

    private static IEnumerable<Measurement<long>> Counts() =>
        NamedSeries.Split(ByName(), ResilienceTags.State, [("idle", static s => s.Idle), ("used", static s => s.InUse)]);

    private static IEnumerable<Measurement<long>> Misuses() =>
        NamedSeries.Split(ByName(), ResilienceTags.Reason, [("double_return", static s => s.DoubleReturns), ("foreign", static s => s.ForeignReturns)]);

    private static IEnumerable<Measurement<long>> Sum(Func<ObjectPoolSnapshot, long> value) => NamedSeries.Sum(ByName(), value);

    private static IEnumerable<IGrouping<string, ObjectPoolSnapshot>> ByName() =>
        _live.Snapshot().Select(static pool => pool.Snapshot()).GroupBy(static snapshot => snapshot.Name);
}
