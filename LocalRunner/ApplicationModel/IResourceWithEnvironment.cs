namespace LocalRunner.ApplicationModel;

/// <summary>A resource that is a process of its own, and so has environment variables.</summary>
public interface IResourceWithEnvironment : IResource;
