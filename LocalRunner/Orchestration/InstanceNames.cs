using System.Globalization;
using LocalRunner.ApplicationModel;

namespace LocalRunner.Orchestration;

/// <summary>Names the instances of a resource.</summary>
internal static class InstanceNames
{
    /// <summary>Gets the names: the resource's own, or with replicas <c>orders-0</c>, <c>orders-1</c> and so on, which stay the same from start to start.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>A name for each instance.</returns>
    public static IReadOnlyList<string> Of(IResource resource) => resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault() is { } replicas
        ? [.. Enumerable.Range(0, replicas.Replicas).Select(index => string.Create(CultureInfo.InvariantCulture, $"{resource.Name}-{index}"))]
        : [resource.Name];
}
