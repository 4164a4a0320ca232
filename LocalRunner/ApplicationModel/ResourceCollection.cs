using System.Collections.ObjectModel;

namespace LocalRunner.ApplicationModel;

internal sealed class ResourceCollection : Collection<IResource>, IResourceCollection;
