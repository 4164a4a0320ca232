using LocalRunner.ApplicationModel;

namespace LocalRunner;

/// <summary>What the AppHost can say about a resource.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Hands a connection string to the resource, as <c>ConnectionStrings__{name}</c>, and its parts as <c>{NAME}_HOST</c> and so on.</summary>
    /// <typeparam name="TDestination">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="source">What it shall reach.</param>
    /// <param name="connectionName">The name to hand it over by; the name of <paramref name="source"/> by default.</param>
    /// <param name="optional">Whether the resource may start where there is no connection string.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment => builder.With(new ReferenceAnnotation(source.Resource, connectionName, optional));

    /// <summary>Hands the addresses of a service to the resource, as <c>services__{name}__http__0</c>, one for each replica, and as <c>{NAME}_HTTP</c>.</summary>
    /// <typeparam name="TDestination">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="source">The service that it shall find by its name.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => builder.With(new ReferenceAnnotation(source.Resource));

    /// <summary>Holds the resource back until another one, and what that lives in, is healthy.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="dependency">What it waits for.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.With(new WaitAnnotation(dependency.Resource, OnlyStarted: false));

    /// <summary>Holds the resource back until another one runs, whether or not that is healthy.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="dependency">What it waits for.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.With(new WaitAnnotation(dependency.Resource, OnlyStarted: true));

    /// <summary>Sets an environment variable of the resource; the last word on a name counts.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The variable's name.</param>
    /// <param name="value">Its value; null is the empty string.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.With(new EnvironmentAnnotation(name, value ?? ""));

    /// <summary>Hands the address of an endpoint to the resource, as an environment variable; the last word on a name counts.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The variable's name.</param>
    /// <param name="endpointReference">The endpoint.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.With(new EndpointEnvironmentAnnotation(name, endpointReference));

    /// <summary>Lets the resource listen on one more port, which it is told in an environment variable.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource; one that runs as one process.</param>
    /// <param name="port">The port; any free one by default, and in tests.</param>
    /// <param name="targetPort">The port behind a proxy; there is none here, so it must not be another one.</param>
    /// <param name="name">The endpoint's name.</param>
    /// <param name="env">The environment variable that tells the resource.</param>
    /// <param name="isProxied">Whether there may be a proxy before it; there is none here.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    /// <exception cref="LocalRunnerException">Something is asked for that LocalRunner can't do.</exception>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => name is null || env is null || (targetPort is not null && targetPort != port)
            ? throw new LocalRunnerException($"LocalRunner gives '{builder.Resource.Name}' more endpoints only by a name, and an env to tell it the port, with no other targetPort.")
            : builder.With(new EndpointAnnotation(name, port, env));

    /// <summary>Refers to an endpoint of the resource.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The endpoint's name; a service's first one is called <c>http</c>.</param>
    /// <returns>The reference.</returns>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>Says that the resource's HTTP endpoints are for people and clients outside of the application: the console shows them.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints => builder.With(new ExternalHttpEndpointsAnnotation());

    /// <summary>Says that the resource is healthy while an HTTP GET is answered with a certain status.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="path">What to get; "/" by default.</param>
    /// <param name="statusCode">The status of a healthy resource; 200 by default.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null)
        where T : IResourceWithEndpoints => builder.With(new HttpHealthCheckAnnotation(path ?? "/", statusCode ?? 200));

    internal static IResourceBuilder<T> With<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation)
        where T : IResource
    {
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}
