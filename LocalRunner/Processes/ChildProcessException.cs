namespace LocalRunner.Processes;

/// <summary>A process could not be started.</summary>
/// <param name="message">What happened, with which value, and what to do.</param>
/// <param name="innerException">What caused it.</param>
internal sealed class ChildProcessException(string message, Exception? innerException = null)
    : LocalRunnerException(message, innerException);
