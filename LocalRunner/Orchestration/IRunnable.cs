using LocalRunner.Processes;

namespace LocalRunner.Orchestration;

/// <summary>How one instance of a resource is brought up and looked after; <see cref="Instance"/> decides when.</summary>
internal interface IRunnable
{
    /// <summary>Does what must be done before the process can start. Called before each start.</summary>
    Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken);

    /// <summary>Starts the process.</summary>
    /// <returns>The process; null where there is none of ours, as for a database, or a server that was given.</returns>
    ChildProcess? Start(Action<OutputLine> output);

    /// <summary>Looks whether it is well. Where nothing was said about its health, it is.</summary>
    Task<bool> IsHealthyAsync(CancellationToken cancellationToken);
}
