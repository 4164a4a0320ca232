namespace LocalRunner;

/// <summary>Something that the person at the keyboard can mend: the message is one line that says what happened, where, and what to do.</summary>
/// <param name="message">What happened, with which value, and what to do.</param>
/// <param name="innerException">What caused it.</param>
public class LocalRunnerException(string message, Exception? innerException = null) : Exception(message, innerException);
