using System.Runtime.InteropServices;

namespace Resilience.Redis;

/// <summary>What a process hears of one circuit. It is not among those that are counted.</summary>
/// <param name="HasTurn">Whether it is its turn to probe.</param>
/// <param name="Peers">How many others there are.</param>
/// <param name="Speaking">How many of them have an opinion.</param>
/// <param name="Bad">How many a bad one.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PeerAnswer(bool HasTurn, int Peers, int Speaking, int Bad);
