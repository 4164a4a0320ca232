using System.Collections.ObjectModel;

namespace LocalRunner.ApplicationModel;

/// <summary>What the AppHost has said about one resource, in the order in which it was said.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;
