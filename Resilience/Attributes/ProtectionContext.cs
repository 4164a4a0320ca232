using Polly;
using Resilience.Pipelines;

namespace Resilience.Attributes;

/// <summary>What generated decorators take from the application around them: its time, its settings and its telemetry.</summary>
/// <remarks><c>AddResilient</c> fills it from the container. Build one by hand to use a decorator without a container.</remarks>
public sealed class ProtectionContext
{
    /// <summary>Gets the source of time.</summary>
    /// <value>The system's when null, which is the default.</value>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Gets what reads a setting by its whole key.</summary>
    /// <value>Null, at which the attributes alone decide, by default.</value>
    public Func<string, string?>? ReadSetting { get; init; }

    /// <summary>Gets what is done to the builder of each method's pipeline before its strategies are added, such as turning on Polly's telemetry.</summary>
    /// <value>Nothing by default.</value>
    public Action<ResiliencePipelineBuilder>? Configure { get; init; }

    /// <summary>Gets where the methods' pipelines are listed, with their options and their state.</summary>
    /// <value>Nowhere by default.</value>
    public ResilienceCatalogue? Catalogue { get; init; }

    /// <summary>Builds what protects a method.</summary>
    /// <param name="name">The method's name, <c>{Interface.Method}</c>: the pipeline's name, and what its settings are found under.</param>
    /// <param name="build">Adds the strategies, outermost first.</param>
    /// <returns>The method's protection; one for all instances of a decorator, since a breaker must see all calls.</returns>
    public ProtectedMethod Protect(string name, Action<MethodPipeline, MethodSettings> build)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(build);

        var builder = new ResiliencePipelineBuilder { Name = name, TimeProvider = TimeProvider };
        Configure?.Invoke(builder);
        var pipeline = new MethodPipeline(builder);
        build(pipeline, new(name, ReadSetting));
        Catalogue?.Add(name, [.. pipeline.Entries]);
        return new(name, builder.Build());
    }
}
