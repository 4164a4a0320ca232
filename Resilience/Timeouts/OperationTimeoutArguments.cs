using System.Runtime.InteropServices;

namespace Resilience.Timeouts;

/// <summary>What a callback is told about a call whose time is up.</summary>
/// <param name="OperationName">The operation's name.</param>
/// <param name="Timeout">How much time the call had.</param>
/// <param name="Cause">Which bound it ran into.</param>
/// <param name="CancellationToken">Cancelled when the callback's own time is up.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct OperationTimeoutArguments(
    string OperationName, TimeSpan Timeout, TimeoutCause Cause, CancellationToken CancellationToken);
