using System.Runtime.InteropServices;

namespace Resilience.ObjectPools;

/// <summary>A slot that was taken for a renter.</summary>
/// <param name="Slot">The slot; -1 when there was none.</param>
/// <param name="State">Its word from now on.</param>
/// <param name="Item">Its object; null when one is still to be made.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Taken<T>(int Slot, long State, T? Item)
    where T : class;
