namespace Resilience.Faults;

/// <summary>A call that a fault may strike.</summary>
/// <param name="Client">The client or pipeline that it goes out by; null when it comes in.</param>
/// <param name="Route">The path that it asks for; null when it goes out.</param>
/// <param name="Caller">Whose it is; null when that isn't known.</param>
public readonly record struct FaultPoint(string? Client = null, string? Route = null, string? Caller = null);
