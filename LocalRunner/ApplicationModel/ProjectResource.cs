namespace LocalRunner.ApplicationModel;

/// <summary>A service of this repository: a .NET project.</summary>
/// <param name="name">The resource's name.</param>
public sealed class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport;
