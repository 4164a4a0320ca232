using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Telemetry;

namespace Resilience.Health;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class HealthTelemetry
{
    private static readonly LiveSet<HealthProbe> _live = new();
    private static readonly LiveSet<ThreadPoolGuard> _guards = new();

    static HealthTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter("resilience.health.status", Statuses, "{component}", "What a component is said to be: 1 for that, 0 for the others.");
        meter.CreateObservableCounter("resilience.health.results", Results, "{result}", "Results of checks, by whether they were healthy.");
        meter.CreateObservableGauge(
            "resilience.health.thread_pool.delay", static () => _guards.Snapshot().Select(static guard => new Measurement<double>(guard.Delay.TotalSeconds)), "s", "How long the thread pool lets work wait.");
        meter.CreateObservableCounter(
            "resilience.health.thread_pool.rescues", static () => _guards.Snapshot().Select(static guard => new Measurement<long>(guard.Rescues)), "{rescue}", "How often the starving thread pool was given threads.");
    }

    public static void Watch(HealthProbe probe) => _live.Add(probe);

    public static void Forget(HealthProbe probe) => _live.Remove(probe);

    public static void Watch(ThreadPoolGuard guard) => _guards.Add(guard);

    public static void Forget(ThreadPoolGuard guard) => _guards.Remove(guard);

    private static IEnumerable<Measurement<long>> Statuses() =>
        from component in Components()
        from status in (IEnumerable<(HealthStatus Status, string Name)>)[(HealthStatus.Healthy, "healthy"), (HealthStatus.Degraded, "degraded"), (HealthStatus.Unhealthy, "unhealthy")]
        select new Measurement<long>(component.Status == status.Status ? 1 : 0, new(ResilienceTags.Name, component.Name), new(ResilienceTags.State, status.Name));

    private static IEnumerable<Measurement<long>> Results() => NamedSeries.Split(
        Components().GroupBy(static component => component.Name, StringComparer.Ordinal),
        ResilienceTags.Result,
        [("success", static component => component.Results - component.Failures), ("failure", static component => component.Failures)]);

    // A listener keeps only one of two equal series.
    private static IEnumerable<ComponentHealth> Components() =>
        _live.Snapshot().Select(static probe => probe.Snapshot()).DistinctBy(static component => component.Name, StringComparer.Ordinal);
}
