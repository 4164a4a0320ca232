using Resilience.Faults;

namespace ServiceDefaults.Faults;

/// <summary>A fault as it is shown.</summary>
internal sealed record FaultView(
    string Name,
    FaultKind Kind,
    string? Client,
    string? Route,
    string? Caller,
    double Rate,
    DateTimeOffset Began,
    double RemainingSeconds,
    long Considered,
    long Injected,
    FaultEnd End)
{
    public static FaultView Of(FaultSnapshot fault) => new(
        fault.Name, fault.Spec.Kind, fault.Spec.Client, fault.Spec.Route, fault.Spec.Caller, fault.Spec.Rate, fault.Began, fault.Remaining.TotalSeconds, fault.Considered, fault.Injected, fault.End);
}
