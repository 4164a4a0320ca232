namespace LocalRunner.ApplicationModel;

/// <summary>Something that runs, or is reached, as a part of the application.</summary>
public interface IResource
{
    /// <summary>Gets the name that other resources, the console and tests know it by.</summary>
    string Name { get; }

    /// <summary>Gets what the AppHost has said about it.</summary>
    ResourceAnnotationCollection Annotations { get; }
}
