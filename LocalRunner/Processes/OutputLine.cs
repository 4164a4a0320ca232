namespace LocalRunner.Processes;

/// <summary>One line that a process wrote.</summary>
/// <param name="At">When it was read.</param>
/// <param name="IsError">Whether it came from standard error.</param>
/// <param name="Text">The line, without its end.</param>
internal readonly record struct OutputLine(DateTimeOffset At, bool IsError, string Text);
