using LocalRunner.ApplicationModel;

namespace LocalRunner;

/// <summary>Adds this repository's own services to an application.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a service. Its endpoint and environment begin with the profile <c>http</c> of its launch settings.</summary>
    /// <typeparam name="TProject">The project: a class that the AppHost's build wrote.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <returns>What describes the service.</returns>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() =>
        builder.AddResource(new ProjectResource(name)).With(new ProjectAnnotation(new TProject()));

    /// <summary>Runs the service as several processes, each on a port of its own.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="replicas">How many; at least 1.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        return builder.With(new ReplicaAnnotation(replicas));
    }
}
