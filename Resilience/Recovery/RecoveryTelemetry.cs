using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Recovery;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class RecoveryTelemetry
{
    private static readonly LiveSet<RecoveryOrchestrator> _live = new();
    private static readonly Counter<long> _actions = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.recovery.actions", "{action}", "Actions, by the procedure and by what came of them.");

    private static readonly Counter<long> _suppressed = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.recovery.suppressed", "{action}", "Actions that were held back, by the procedure and the reason; once for as long as a reason lasts.");

    private static readonly Histogram<double> _duration = ResilienceTelemetry.Meter.CreateHistogram<double>(
        "resilience.recovery.duration", "s", "From when something was first found to when an action was seen to help.");

    static RecoveryTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableGauge(
            "resilience.recovery.budget",
            static () => _live.Snapshot().Select(static recovery => new Measurement<double>(recovery.Snapshot().ActionsAvailable, new KeyValuePair<string, object?>(ResilienceTags.Name, recovery.Name))),
            "{action}",
            "How many actions may be taken now.");
        meter.CreateObservableUpDownCounter(
            "resilience.recovery.findings", static () => Sum(static procedure => procedure.Finding is null ? 0 : 1), "{finding}", "What is wrong now, by the procedure that found it.");
        meter.CreateObservableUpDownCounter(
            "resilience.recovery.given_up", static () => Sum(static procedure => procedure.HasGivenUp ? 1 : 0), "{procedure}", "Procedures that have given up, and wait for somebody.");
    }

    public static void Watch(RecoveryOrchestrator recovery) => _live.Add(recovery);

    public static void Forget(RecoveryOrchestrator recovery) => _live.Remove(recovery);

    public static void Wrote(RecoveryRecord record)
    {
        if (record.Result == RecoveryResult.Suppressed)
        {
            _suppressed.Add(1, new(ResilienceTags.Name, record.Procedure), new(ResilienceTags.Reason, NameOf(record.Suppression)));
        }
        else if (record.Result != RecoveryResult.Rearmed)
        {
            _actions.Add(1, new(ResilienceTags.Name, record.Procedure), new(ResilienceTags.Result, NameOf(record.Result)));
        }
    }

    public static void Recovered(string procedure, TimeSpan duration) => NamedSeries.Record(_duration, procedure, duration);

    private static string NameOf(RecoveryResult result) => result switch
    {
        RecoveryResult.Verified => "verified",
        RecoveryResult.Unverified => "unverified",
        RecoveryResult.Failed => "failed",
        RecoveryResult.Abandoned => "abandoned",
        _ => "dry_run",
    };

    private static string NameOf(RecoverySuppression suppression) => suppression switch
    {
        RecoverySuppression.Busy => "busy",
        RecoverySuppression.CoolDown => "cool_down",
        RecoverySuppression.GivenUp => "given_up",
        RecoverySuppression.Budget => "budget",
        _ => "lease",
    };

    private static IEnumerable<Measurement<long>> Sum(Func<ProcedureSnapshot, long> value) => NamedSeries.Sum(
        _live.Snapshot().SelectMany(static recovery => recovery.Snapshot().Procedures).GroupBy(static procedure => procedure.Name, StringComparer.Ordinal), value);
}
