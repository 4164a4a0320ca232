namespace Database;

/// <summary>A migration can't be applied; starting again without mending it would fail again.</summary>
/// <param name="message">Which script, on which database, why, and what to do: one line.</param>
/// <param name="innerException">What the database said.</param>
public sealed class MigrationFailedException(string message, Exception? innerException) : Exception(message, innerException);
