namespace LocalRunner.Testing;

/// <summary>What a test asks of a running application.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>Makes a client for a resource's endpoint; it repeats nothing by itself.</summary>
    /// <param name="app">The application; started.</param>
    /// <param name="resourceName">The resource's name, or that of one of its replicas.</param>
    /// <param name="endpointName">The endpoint's name; its only one, <c>http</c>, by default.</param>
    /// <returns>A client with the endpoint as its base address; the caller disposes of it.</returns>
    /// <exception cref="LocalRunnerException">The application isn't started, or has no such endpoint.</exception>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.Orchestrator.EndpointOf(resourceName, endpointName ?? "http") };

    /// <summary>Gets the connection string of a resource, as services are given it.</summary>
    /// <param name="app">The application; started.</param>
    /// <param name="resourceName">The resource's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The connection string.</returns>
    /// <exception cref="LocalRunnerException">The application isn't started, or the resource has no connection string.</exception>
    public static ValueTask<string?> GetConnectionStringAsync(this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<string?>(cancellationToken)
            : ValueTask.FromResult<string?>(app.Orchestrator.ConnectionOf(resourceName).ConnectionString);
}
