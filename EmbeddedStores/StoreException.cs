namespace EmbeddedStores;

/// <summary>A store can't be prepared or started. The message says what happened, with which value, and what to do.</summary>
/// <param name="message">The whole message.</param>
/// <param name="innerException">The cause, or null when the message says everything.</param>
public sealed class StoreException(string message, Exception? innerException = null) : DistributedApplicationException(message, innerException!);
