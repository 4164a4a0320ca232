using System.Runtime.InteropServices;

namespace Resilience.CircuitBreakers;

/// <summary>How recent calls went.</summary>
/// <param name="Calls">How many there were.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="Slow">How many of them were slow.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallCounts(long Calls, long Failures, long Slow);
