using System.Runtime.InteropServices;

namespace Resilience.ObjectPools;

/// <summary>Where a lease's object belongs, and which of its uses the lease is.</summary>
/// <param name="Slot">The slot, when the pool knows the object.</param>
/// <param name="State">The slot's word while this use lasts.</param>
/// <param name="Overflow">For an object that the pool had no slot for: whether it came back.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Place(int Slot, long State, OverflowMark? Overflow = null);
