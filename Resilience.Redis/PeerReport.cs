using System.Runtime.InteropServices;
using Resilience.CircuitBreakers;

namespace Resilience.Redis;

/// <summary>What a process tells of one circuit.</summary>
/// <param name="Circuit">What the circuit is called in all processes.</param>
/// <param name="IsBad">Whether its breaker is open because of what it saw itself.</param>
/// <param name="Calls">How many calls its window holds; without any it has no opinion.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="State">Its state.</param>
/// <param name="Epoch">The state's number.</param>
/// <param name="Turn">What it wants of the turn to probe.</param>
/// <param name="IsLeaving">Whether it says so for the last time.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PeerReport(
    string Circuit, bool IsBad, long Calls, long Failures, BreakerState State, long Epoch, ProbeTurn Turn, bool IsLeaving = false);
