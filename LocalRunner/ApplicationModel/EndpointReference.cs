namespace LocalRunner.ApplicationModel;

/// <summary>An endpoint of a resource, whose address is known once the application starts.</summary>
/// <param name="owner">The resource.</param>
/// <param name="endpointName">The endpoint's name.</param>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName)
{
    /// <summary>Gets the resource.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>Gets the endpoint's name.</summary>
    public string EndpointName { get; } = endpointName;
}
