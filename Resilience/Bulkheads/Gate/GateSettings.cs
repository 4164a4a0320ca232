using System.Runtime.InteropServices;

namespace Resilience.Bulkheads;

/// <summary>What a gate is built with; times in milliseconds, <see cref="long.MaxValue"/> for never.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GateSettings(int Limit, int QueueCapacity, BulkheadQueueOrder Order, long MaxQueueTime, long ServiceTime);
