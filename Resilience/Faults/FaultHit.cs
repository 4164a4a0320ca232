using Resilience.Telemetry;

namespace Resilience.Faults;

/// <summary>A fault that strikes a call.</summary>
/// <param name="Name">The fault's name.</param>
/// <param name="Spec">What it does.</param>
/// <param name="Latency">How much longer this call takes; zero unless it is a matter of latency.</param>
public sealed record FaultHit(string Name, FaultSpec Spec, TimeSpan Latency)
{
    /// <summary>Gets the kind as it is written in telemetry, such as <c>slow_body</c>.</summary>
    public string KindName => FaultTelemetry.NameOf(Spec.Kind);

    /// <summary>Notes on the current span that this fault strikes. For a fault that no <see cref="FaultGovernor"/> decided about; the governor's notes itself.</summary>
    public void Note() => SpanNotes.Struck(Name, KindName);
}
