namespace Resilience.Faults;

/// <summary>What is known of a fault.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Spec">What it does.</param>
/// <param name="Began">When it began.</param>
/// <param name="Remaining">How long it lasts yet; zero when it is over.</param>
/// <param name="Considered">How many calls were in its scope.</param>
/// <param name="Injected">How many of them it struck.</param>
/// <param name="End">Why it is over.</param>
public sealed record FaultSnapshot(string Name, FaultSpec Spec, DateTimeOffset Began, TimeSpan Remaining, long Considered, long Injected, FaultEnd End);
