namespace LocalRunner.ApplicationModel;

/// <summary>The base of every resource: a name, and what was said about it.</summary>
/// <param name="name">The resource's name; unique in the application.</param>
public abstract class Resource(string name) : IResource
{
    /// <inheritdoc />
    public string Name { get; } = name;

    /// <inheritdoc />
    public ResourceAnnotationCollection Annotations { get; } = [];
}
