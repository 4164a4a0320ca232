using LocalRunner.ApplicationModel;

namespace LocalRunner;

/// <summary>What can be asked of an application while it is described.</summary>
public static class DistributedApplicationBuilderExtensions
{
    /// <summary>Takes up a resource by its name, to say more about it: how a test changes what the AppHost says.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <returns>What describes the resource.</returns>
    /// <exception cref="LocalRunnerException">There is no resource of that name and kind.</exception>
    public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name)
        where T : IResource =>
        builder.Resources.FirstOrDefault(resource => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase)) is T found
            ? builder.CreateResourceBuilder(found)
            : throw new LocalRunnerException(
                $"There is no {typeof(T).Name} called '{name}'. AppHost/Program.cs names: {string.Join(", ", builder.Resources.Select(static resource => resource.Name))}.");
}
