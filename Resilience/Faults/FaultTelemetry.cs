using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Faults;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class FaultTelemetry
{
    private const string KindTag = ResilienceAttributes.FaultKind;

    private static readonly LiveSet<FaultGovernor> _live = new();
    private static readonly Counter<long> _injected = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.fault.injected", "{call}", "Calls that were broken on purpose.");

    static FaultTelemetry() => ResilienceTelemetry.Meter.CreateObservableUpDownCounter(
        "resilience.fault.active",
        static () => from kind in Enum.GetValues<FaultKind>()
                     select new Measurement<long>(
                         _live.Snapshot().Sum(governor => governor.List().LongCount(fault => fault.Spec.Kind == kind)), new KeyValuePair<string, object?>(KindTag, NameOf(kind))),
        "{fault}",
        "Faults that there are.");

    public static void Watch(FaultGovernor governor) => _live.Add(governor);

    public static void Forget(FaultGovernor governor) => _live.Remove(governor);

    public static void Injected(FaultHit hit)
    {
        _injected.Add(1, new KeyValuePair<string, object?>(KindTag, NameOf(hit.Spec.Kind)));
        SpanNotes.Struck(hit.Name, NameOf(hit.Spec.Kind));
    }

    public static string NameOf(FaultKind kind) => kind switch
    {
        FaultKind.Latency => "latency",
        FaultKind.Exception => "exception",
        FaultKind.Status => "status",
        FaultKind.SlowBody => "slow_body",
        FaultKind.Abort => "abort",
        FaultKind.Processor => "processor",
        FaultKind.Memory => "memory",
        FaultKind.ThreadPool => "thread_pool",
        _ => "pool_exhaustion",
    };
}
