namespace Resilience.Pipelines;

/// <summary>Is kept in partitions, and says when it can be done without.</summary>
public interface IEvictable
{
    /// <summary>Gets whether nothing worth keeping would be lost: no open breaker, no permit in use. Asked often, under no lock; must be quick.</summary>
    bool MayEvict { get; }
}
