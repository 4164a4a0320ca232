using LocalRunner.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace LocalRunner;

/// <summary>An application while the AppHost describes it.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Gets the AppHost's own configuration: its environment variables and its arguments.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Gets the folder of the AppHost's project.</summary>
    string AppHostDirectory { get; }

    /// <summary>Gets the resources, in the order in which they were added.</summary>
    IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="resource">The resource; its name must not be taken, in any spelling.</param>
    /// <returns>What the AppHost describes it with.</returns>
    /// <exception cref="LocalRunnerException">A resource of that name is there.</exception>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>Takes up a resource that was added before, to say more about it.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="resource">The resource.</param>
    /// <returns>What the AppHost describes it with.</returns>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    /// <summary>Ends the description.</summary>
    /// <returns>The application, not yet started.</returns>
    DistributedApplication Build();
}
