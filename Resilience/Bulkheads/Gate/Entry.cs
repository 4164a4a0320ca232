using System.Runtime.InteropServices;

namespace Resilience.Bulkheads;

/// <summary>How coming in went, with what was got and how long it took. A value, so that a refusal costs nothing until somebody wants an exception.</summary>
/// <param name="Kind">How it went.</param>
/// <param name="Ticket">The permit, when it was granted.</param>
/// <param name="Waited">Milliseconds in the queue.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Entry(EntryKind Kind, Ticket Ticket = default, long Waited = 0);
