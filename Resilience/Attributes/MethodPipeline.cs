using Polly;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;
using Resilience.Retries;
using Resilience.Timeouts;

namespace Resilience.Attributes;

/// <summary>A method's pipeline while it is being built: what is added to it is listed in the catalogue, too.</summary>
/// <remarks>Made for generated code, which adds the strategies from the outside in.</remarks>
public sealed class MethodPipeline
{
    private readonly ResiliencePipelineBuilder _builder;
    private readonly List<CatalogueEntry> _entries = [];

    internal MethodPipeline(ResiliencePipelineBuilder builder) => _builder = builder;

    /// <summary>Gets the method's name, <c>{Interface.Method}</c>.</summary>
    public string Name => _builder.Name!;

    internal IEnumerable<CatalogueEntry> Entries => _entries;

    /// <summary>Adds a time-out.</summary>
    /// <param name="options">How long, and what happens then.</param>
    /// <returns>The same pipeline.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public MethodPipeline AddOperationTimeout(OperationTimeoutStrategyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var timeout = new OperationTimeout(options.Name ?? Name, options, _builder.TimeProvider);
        _builder.AddOperationTimeout(timeout);
        return List(CatalogueEntry.For(timeout));
    }

    /// <summary>Adds a retry.</summary>
    /// <param name="options">How often, and after what pauses.</param>
    /// <returns>The same pipeline.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public MethodPipeline AddBudgetedRetry(BudgetedRetryStrategyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var retry = new BudgetedRetry(options.Name ?? Name, options, _builder.TimeProvider);
        _builder.AddBudgetedRetry(retry);
        return List(CatalogueEntry.For(retry));
    }

    /// <summary>Adds a circuit breaker.</summary>
    /// <param name="options">When it opens, and for how long.</param>
    /// <returns>The same pipeline.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public MethodPipeline AddAdvancedCircuitBreaker(CircuitBreakerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var breaker = new CircuitBreaker(options.Name ?? Name, options, _builder.TimeProvider);
        _builder.AddAdvancedCircuitBreaker(breaker);
        return List(CatalogueEntry.For(breaker));
    }

    /// <summary>Adds a bulkhead.</summary>
    /// <param name="options">How many at a time, and who may wait.</param>
    /// <returns>The same pipeline.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public MethodPipeline AddBulkhead(BulkheadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var bulkhead = new Bulkhead(options.Name ?? Name, options, _builder.TimeProvider);
        _builder.AddBulkhead(bulkhead);
        return List(CatalogueEntry.For(bulkhead));
    }

    private MethodPipeline List(CatalogueEntry entry)
    {
        _entries.Add(entry);
        return this;
    }
}
