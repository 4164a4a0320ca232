namespace LocalRunner.Processes;

/// <summary>How a process likes to be asked to stop.</summary>
internal enum StopSignal
{
    /// <summary>SIGTERM: what .NET services and Redis take as "finish and leave".</summary>
    Terminate,

    /// <summary>SIGINT: PostgreSQL's fast shutdown, which ends sessions; SIGTERM would wait for the clients to leave.</summary>
    Interrupt,

    /// <summary>SIGQUIT: PostgreSQL's immediate shutdown, which recovers at the next start.</summary>
    Quit,
}
