using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LocalRunner.ApplicationModel;

/// <summary>What is known of one instance of a resource at one moment: its state, and apart from it its health.</summary>
public sealed record CustomResourceSnapshot
{
    /// <summary>Gets the instance's state.</summary>
    public required ResourceStateSnapshot State { get; init; }

    /// <summary>Gets the instance's health; null while it is not known.</summary>
    public HealthStatus? HealthStatus { get; init; }

    /// <summary>Gets the exit code of its process; null while it has not ended.</summary>
    public int? ExitCode { get; init; }

    internal bool IsTerminal => KnownResourceStates.TerminalStates.Contains(State.Text, StringComparer.Ordinal);
}
