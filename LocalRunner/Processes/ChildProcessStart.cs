namespace LocalRunner.Processes;

/// <summary>Says which process to start, and how.</summary>
/// <param name="Name">The name that messages and the ledger give it.</param>
/// <param name="FileName">A path, or a name to look up on PATH.</param>
/// <param name="Arguments">Its arguments. Every user of the machine can read them: secrets go into the environment or a file.</param>
internal sealed record ChildProcessStart(string Name, string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>Gets the folder it starts in.</summary>
    /// <value>A folder that exists; this process's own by default.</value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets what its environment has beyond ours.</summary>
    /// <value>Names and values; a null value takes the variable away. Nothing by default.</value>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Gets the user to run as.</summary>
    /// <value>A user of this machine, for which this process must be root; null by default, which is our own user.</value>
    public string? RunAs { get; init; }

    /// <summary>Gets how it is asked to stop.</summary>
    /// <value><see cref="StopSignal.Terminate"/> by default.</value>
    public StopSignal StopSignal { get; init; }

    /// <summary>Gets what receives its lines, one call at a time for each stream.</summary>
    /// <value>Nothing by default: the lines are read and dropped.</value>
    public Action<OutputLine>? Output { get; init; }
}
