namespace LocalRunner.ApplicationModel;

/// <summary>A resource while the AppHost describes it.</summary>
/// <typeparam name="T">The kind of resource.</typeparam>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>Gets the application that the resource belongs to.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>Gets the resource itself.</summary>
    T Resource { get; }
}
