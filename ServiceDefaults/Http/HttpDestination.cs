namespace ServiceDefaults.Http;

/// <summary>Whose calls to where share a breaker and a limit.</summary>
/// <param name="Client">The client's name.</param>
/// <param name="Authority">Host and port, after service discovery; empty for the pipeline around all attempts.</param>
internal readonly record struct HttpDestination(string Client, string Authority);
