using Microsoft.CodeAnalysis;

namespace Resilience.Generators.Reading;

/// <summary>The attributes that the generator reads, and which strategy each of them adds.</summary>
internal static class KnownNames
{
    public const string Namespace = "Resilience.Attributes";
    public const string Timeout = "Timeout";
    public const string Fallback = "Fallback";
    public const string Unprotected = "Unprotected";

    /// <summary>The attributes that make a decorator, without their suffix, outermost first.</summary>
    public static readonly string[] Protecting = [Fallback, Timeout, "Retry", "CircuitBreaker", "Bulkhead"];

    /// <summary>The strategies of a pipeline, outermost first: this is the one place that says their order.</summary>
    public static readonly StrategyName[] Order =
    [
        new("Timeout", Timeout, "AddOperationTimeout", "Resilience.Timeouts.OperationTimeoutStrategyOptions", Only: ("Total", "Timeout")),
        new("Retry", "Retry", "AddBudgetedRetry", "Resilience.Retries.BudgetedRetryStrategyOptions", Handle: "HandleException"),
        new("CircuitBreaker", "CircuitBreaker", "AddAdvancedCircuitBreaker", "Resilience.CircuitBreakers.CircuitBreakerOptions"),
        new("Bulkhead", "Bulkhead", "AddBulkhead", "Resilience.Bulkheads.BulkheadOptions"),
        new("AttemptTimeout", Timeout, "AddOperationTimeout", "Resilience.Timeouts.OperationTimeoutStrategyOptions", Only: ("PerAttempt", "Timeout"), Suffix: " attempt"),
    ];

    public static string MetadataName(string attribute) => $"{Namespace}.{attribute}Attribute";

    /// <summary>Gets the name of a resilience attribute without its suffix; null for any other attribute.</summary>
    public static string? NameOf(AttributeData attribute)
    {
        const string Suffix = "Attribute";
        return attribute.AttributeClass is { ContainingNamespace: var space, Name: var name }
            && name.EndsWith(Suffix, StringComparison.Ordinal)
            && space.ToDisplayString() == Namespace
                ? name.Substring(0, name.Length - Suffix.Length)
                : null;
    }

    public static AttributeData? Find(ISymbol symbol, string name) => symbol.GetAttributes().FirstOrDefault(attribute => NameOf(attribute) == name);

    /// <summary>Gets the first attribute that makes a decorator; null when there is none.</summary>
    public static AttributeData? FindProtecting(ISymbol symbol) =>
        symbol.GetAttributes().FirstOrDefault(static attribute => NameOf(attribute) is { } name && Protecting.Contains(name));
}
