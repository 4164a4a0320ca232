namespace Resilience.Faults;

/// <summary>A fault that strikes a call.</summary>
/// <param name="Name">The fault's name.</param>
/// <param name="Spec">What it does.</param>
/// <param name="Latency">How much longer this call takes; zero unless it is a matter of latency.</param>
public sealed record FaultHit(string Name, FaultSpec Spec, TimeSpan Latency);
