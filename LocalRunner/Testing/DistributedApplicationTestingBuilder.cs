namespace LocalRunner.Testing;

/// <summary>Starts the application of an AppHost in a test: on random ports, and with data of its own that is deleted at the end.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Lets an AppHost describe its application.</summary>
    /// <typeparam name="TEntryPoint">A class of the AppHost: <c>Projects.AppHost</c>.</typeparam>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <returns>What the AppHost described.</returns>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    /// <summary>Lets an AppHost describe its application.</summary>
    /// <typeparam name="TEntryPoint">A class of the AppHost: <c>Projects.AppHost</c>.</typeparam>
    /// <param name="args">The AppHost's arguments.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <returns>What the AppHost described.</returns>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => new TestingBuilder(await EntryPointRun.RunAsync(typeof(TEntryPoint).Assembly, args, cancellationToken));
}
