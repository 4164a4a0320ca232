using LocalRunner.ApplicationModel;

namespace LocalRunner.Orchestration;

/// <summary>Says what may start when, and in which order all is stopped.</summary>
internal static class StartOrder
{
    /// <summary>Groups resources into waves: each waits only for resources of earlier waves.</summary>
    /// <param name="resources">The application's resources.</param>
    /// <returns>The waves; within one, the order of <paramref name="resources"/>.</returns>
    /// <exception cref="LocalRunnerException">A resource waits for one that isn't among <paramref name="resources"/>, or, in the end, for itself.</exception>
    public static IReadOnlyList<IReadOnlyList<IResource>> Of(IReadOnlyCollection<IResource> resources)
    {
        foreach (var resource in resources)
        {
            if (WaitsOf(resource).FirstOrDefault(wait => !resources.Contains(wait.Resource)) is { } missing)
            {
                throw new LocalRunnerException(
                    $"'{resource.Name}' waits for '{missing.Resource.Name}', which is not part of the application. Add it in AppHost/Program.cs, or wait for something else.");
            }
        }

        var waves = new List<IReadOnlyList<IResource>>();
        var left = resources.ToList();
        while (left.Count > 0)
        {
            IResource[] wave = [.. left.Where(resource => !WaitsOf(resource).Any(wait => left.Contains(wait.Resource)))];
            if (wave.Length == 0)
            {
                throw new LocalRunnerException(
                    $"{Cycle(left)}, so none of them can ever start. Take one WaitFor out of AppHost/Program.cs.");
            }

            waves.Add(wave);
            left.RemoveAll(wave.Contains);
        }

        return waves;
    }

    /// <summary>Groups resources into waves to stop one after another: who uses another resource stops before it.</summary>
    /// <param name="resources">The application's resources.</param>
    /// <returns>The waves. Of resources that use one another in a circle, the one that was named later stops first.</returns>
    public static IReadOnlyList<IReadOnlyList<IResource>> ToStop(IReadOnlyCollection<IResource> resources)
    {
        var depths = new Dictionary<IResource, int>();
        foreach (var resource in resources)
        {
            var used = WaitsOf(resource).Select(static wait => wait.Resource)
                .Concat(resource.Annotations.OfType<ReferenceAnnotation>().Select(static reference => reference.Resource));
            depths[resource] = used.Select(other => depths.GetValueOrDefault(other, -1) + 1).DefaultIfEmpty(0).Max();
        }

        return [.. depths.GroupBy(static entry => entry.Value, static entry => entry.Key)
            .OrderByDescending(static wave => wave.Key)
            .Select(static wave => wave.ToList())];
    }

    /// <summary>Gets what a resource waits for: what the AppHost says, and what it lives in.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>The waits.</returns>
    public static IEnumerable<WaitAnnotation> WaitsOf(IResource resource)
    {
        var said = resource.Annotations.OfType<WaitAnnotation>();
        return resource is IResourceWithParent<IResource> child ? said.Prepend(new(child.Parent, OnlyStarted: false)) : said;
    }

    private static string Cycle(List<IResource> stuck)
    {
        // Each of them waits for another of them: following the waits must come back to where it has been.
        var path = new List<IResource> { stuck[0] };
        while (true)
        {
            var next = WaitsOf(path[^1]).First(wait => stuck.Contains(wait.Resource)).Resource;
            var start = path.IndexOf(next);
            path.Add(next);
            if (start >= 0)
            {
                return string.Join(" waits for ", path[start..].Select(static resource => $"'{resource.Name}'"));
            }
        }
    }
}
