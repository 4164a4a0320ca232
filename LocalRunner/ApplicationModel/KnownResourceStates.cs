namespace LocalRunner.ApplicationModel;

/// <summary>The states that a resource can be in, in Aspire's words.</summary>
public static class KnownResourceStates
{
    /// <summary>It has not been asked to start.</summary>
    public static readonly string NotStarted = nameof(NotStarted);

    /// <summary>It is held back until another resource is there.</summary>
    public static readonly string Waiting = nameof(Waiting);

    /// <summary>It is being made ready, or its process has just begun.</summary>
    public static readonly string Starting = nameof(Starting);

    /// <summary>Its process runs; whether it is well is its health.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>It was asked to stop and has not yet.</summary>
    public static readonly string Stopping = nameof(Stopping);

    /// <summary>It has ended: stopped, killed, or by itself with an exit code other than 0.</summary>
    public static readonly string Exited = nameof(Exited);

    /// <summary>It has ended by itself, with the exit code 0.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>It could not be started, or ended before it was ready.</summary>
    public static readonly string FailedToStart = nameof(FailedToStart);

    /// <summary>Gets the states out of which nothing comes by itself.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}
