using System.Diagnostics;
using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Profiling;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
/// <remarks>No series for each scope: those are in the reports, where a name costs no storage.</remarks>
internal static class ProfilerTelemetry
{
    private static readonly LiveSet<ScopeProfiler> _live = new();

    static ProfilerTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter(
            "resilience.profiler.paths", static () => Sum(static profiler => profiler.Tree.Paths.Length), "{path}", "Places in the tree of scopes.");
        meter.CreateObservableCounter(
            "resilience.profiler.dropped", static () => Sum(static profiler => profiler.Dropped), "{scope}", "Scopes not measured: too deep, or one place too many.");
        meter.CreateObservableCounter(
            "resilience.profiler.double_disposes",
            static () => Sum(static profiler => profiler.DoubleDisposes),
            "{scope}",
            "Scopes disposed twice, or after one around them: each is a bug.");
    }

    public static void Watch(ScopeProfiler profiler) => _live.Add(profiler);

    public static Activity? StartSpan(string profiler, string name)
    {
        try
        {
            return ResilienceTelemetry.Source.StartActivity(name);
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(profiler, exception); // a listener's: what it throws is not for who measures
            return null;
        }
    }

    public static void StopSpan(string profiler, Activity span)
    {
        var current = Activity.Current;
        try
        {
            span.Stop();
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(profiler, exception);
        }

        if (!ReferenceEquals(current, span))
        {
            Activity.Current = current; // ended from elsewhere: what is current here is none of its business
        }
    }

    private static IEnumerable<Measurement<long>> Sum(Func<ScopeProfiler, long> value) =>
        NamedSeries.Sum(_live.Snapshot().GroupBy(static profiler => profiler.Name), value);
}
