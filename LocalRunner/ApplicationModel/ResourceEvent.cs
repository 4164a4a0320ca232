namespace LocalRunner.ApplicationModel;

/// <summary>A change that an instance of a resource went through.</summary>
/// <param name="resource">The resource.</param>
/// <param name="resourceId">The instance's name.</param>
/// <param name="snapshot">What is known of the instance after the change.</param>
public sealed class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>Gets the resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Gets the instance's name.</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>Gets what is known of the instance after the change.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
