namespace LocalRunner.ApplicationModel;

/// <summary>The resources of an application, in the order in which the AppHost names them.</summary>
public interface IResourceCollection : IList<IResource>;
