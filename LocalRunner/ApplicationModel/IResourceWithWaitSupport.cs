namespace LocalRunner.ApplicationModel;

/// <summary>A resource that can be held back until another is there.</summary>
public interface IResourceWithWaitSupport : IResource;
