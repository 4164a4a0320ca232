namespace LocalRunner.ApplicationModel;

/// <summary>A resource that lives inside another one, as a database lives in its server.</summary>
/// <typeparam name="T">The kind of resource that it lives in.</typeparam>
public interface IResourceWithParent<out T> : IResource
    where T : IResource
{
    /// <summary>Gets the resource that it lives in.</summary>
    T Parent { get; }
}
