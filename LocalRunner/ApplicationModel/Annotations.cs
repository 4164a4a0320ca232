namespace LocalRunner.ApplicationModel;

#pragma warning disable MA0048 // One line each, and read together: all that this AppHost can say about a resource.

/// <summary>Another resource must be there first: running, and healthy too unless <paramref name="OnlyStarted"/>.</summary>
internal sealed record WaitAnnotation(IResource Resource, bool OnlyStarted) : IResourceAnnotation;

/// <summary>The resource is told how to reach another one, under that one's name or under <paramref name="ConnectionName"/>.</summary>
internal sealed record ReferenceAnnotation(IResource Resource, string? ConnectionName = null, bool Optional = false) : IResourceAnnotation;

/// <summary>The resource gets an environment variable.</summary>
internal sealed record EnvironmentAnnotation(string Name, string Value) : IResourceAnnotation;

/// <summary>The resource gets the address of an endpoint as an environment variable.</summary>
internal sealed record EndpointEnvironmentAnnotation(string Name, EndpointReference Endpoint) : IResourceAnnotation;

/// <summary>The resource listens on one more port, which it is told in the environment variable <paramref name="Variable"/>.</summary>
internal sealed record EndpointAnnotation(string Name, int? Port, string Variable) : IResourceAnnotation;

/// <summary>The resource runs as several processes.</summary>
internal sealed record ReplicaAnnotation(int Replicas) : IResourceAnnotation;

/// <summary>The resource is healthy while a GET of <paramref name="Path"/> answers with <paramref name="StatusCode"/>.</summary>
internal sealed record HttpHealthCheckAnnotation(string Path, int StatusCode) : IResourceAnnotation;

/// <summary>The resource's HTTP endpoints are for people and clients outside of the application.</summary>
internal sealed record ExternalHttpEndpointsAnnotation : IResourceAnnotation;

/// <summary>Where the project of a resource is.</summary>
internal sealed record ProjectAnnotation(IProjectMetadata Metadata) : IResourceAnnotation;
