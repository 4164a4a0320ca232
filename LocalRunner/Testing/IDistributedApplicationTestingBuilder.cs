namespace LocalRunner.Testing;

/// <summary>The application that an AppHost describes, before a test starts it: there is still time to change it.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder
{
    /// <summary>Ends the description.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The application, not yet started.</returns>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
