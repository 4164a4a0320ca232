namespace Resilience.Pipelines;

/// <summary>Every pipeline of a process, with what it is set to and what it is like now.</summary>
/// <remarks>Safe for concurrent use. Costs a pipeline nothing: it is asked when somebody looks.</remarks>
public sealed class ResilienceCatalogue
{
    private readonly Lock _lock = new();
    private readonly List<Func<IEnumerable<PipelineDescription>>> _sources = [];

    /// <summary>Lists a pipeline.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="strategies">What it is made of, from the outside in.</param>
    /// <returns>Takes it off the list when disposed.</returns>
    public IDisposable Add(string name, params CatalogueEntry[] strategies)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(strategies);

        return Add(() => [Describe(name, partition: null, strategies)]);
    }

    /// <summary>Lists partitions: each of those that there are when somebody looks.</summary>
    /// <typeparam name="TKey">What tells them apart.</typeparam>
    /// <typeparam name="TPipeline">What is kept for each.</typeparam>
    /// <param name="partitions">The partitions.</param>
    /// <param name="strategies">What one is made of, from the outside in.</param>
    /// <returns>Takes them off the list when disposed.</returns>
    public IDisposable Add<TKey, TPipeline>(PartitionedPipelines<TKey, TPipeline> partitions, Func<TPipeline, IEnumerable<CatalogueEntry>> strategies)
        where TKey : notnull
        where TPipeline : class
    {
        ArgumentNullException.ThrowIfNull(partitions);
        ArgumentNullException.ThrowIfNull(strategies);

        return Add(() =>
            from partition in partitions.List()
            let key = partition.Key.ToString() ?? string.Empty
            orderby key
            select Describe(partitions.Name, key, strategies(partition.Value)));
    }

    /// <summary>Describes every pipeline now.</summary>
    /// <returns>In the order in which they were listed; partitions by their keys.</returns>
    public IReadOnlyList<PipelineDescription> Describe()
    {
        Func<IEnumerable<PipelineDescription>>[] sources;
        lock (_lock)
        {
            sources = [.. _sources];
        }

        return [.. sources.SelectMany(source => source())];
    }

    private static PipelineDescription Describe(string name, string? partition, IEnumerable<CatalogueEntry> strategies) =>
        new(name, partition, [.. strategies.Select(strategy => strategy.Describe())]);

    private Listing Add(Func<IEnumerable<PipelineDescription>> source)
    {
        lock (_lock)
        {
            _sources.Add(source);
        }

        return new(this, source);
    }

    private void Remove(Func<IEnumerable<PipelineDescription>> source)
    {
        lock (_lock)
        {
            _sources.Remove(source);
        }
    }

    private sealed class Listing(ResilienceCatalogue catalogue, Func<IEnumerable<PipelineDescription>> source) : IDisposable
    {
        public void Dispose() => catalogue.Remove(source);
    }
}
